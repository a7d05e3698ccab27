import type net from 'node:net';

const CANCEL_REQUEST_CODE = 80_877_102;

/** What names a running backend to its server. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/**
 * Asks the server on a connection of its own to cancel what a backend is running. The server answers nothing, so all
 * that can be known is that the request was sent.
 */
export async function sendCancelRequest(socket: net.Socket, key: BackendKey, signal: AbortSignal): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  request.writeInt32BE(key.processId, 8);
  request.writeInt32BE(key.secretKey, 12);
  const closed = new Promise<void>((settle) => socket.once('close', () => settle()));
  const abandon = (): void => void socket.destroy();
  signal.addEventListener('abort', abandon, { once: true });
  socket.end(request);
  socket.resume();
  await closed;
  signal.removeEventListener('abort', abandon);
}
