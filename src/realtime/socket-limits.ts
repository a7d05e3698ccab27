/** What one client may ask of the server, so that none can take from the others. */
export interface SocketLimits {
  /** Sockets a user has open at once; each namespace counts. */
  readonly socketsPerUser: number;
  /** Channels a socket is subscribed to. */
  readonly channelsPerSocket: number;
  /** Bytes of one message from a client. */
  readonly messageBytes: number;
  /** Messages a client sends in ten seconds. */
  readonly messagesPerTenSeconds: number;
  /** Sockets of all users together. */
  readonly sockets: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  socketsPerUser: 50,
  channelsPerSocket: 100,
  messageBytes: 64 * 1024,
  messagesPerTenSeconds: 400,
  sockets: 10_000,
};
