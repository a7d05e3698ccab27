import { once } from 'node:events';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import type { Person, Stage } from './stage.ts';

/** What a client hears, in order, with a way to wait for it. */
export interface Heard {
  readonly event: string;
  /** The channel it was told on, or null. */
  readonly channel: string | null;
  readonly payload: Payload;
}

export type Payload = Readonly<Record<string, unknown>>;

/** Keeps all that is heard. */
export class Ear {
  readonly all: Heard[] = [];
  readonly #waiting = new Set<() => void>();

  hear(heard: Heard): void {
    this.all.push(heard);
    for (const check of this.#waiting) check();
  }

  /** Waits until what was heard suffices; rejects, showing what was heard, when that takes longer than 20 seconds. */
  async until(enough: (all: readonly Heard[]) => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (): void => {
      if (enough(this.all)) resolve();
    };
    const tooLate = setTimeout(
      () => reject(new Error(`heard only ${JSON.stringify(this.all.slice(-20), null, 1)}`)),
      20_000,
    );
    this.#waiting.add(check);
    check();
    try {
      await promise;
    } finally {
      clearTimeout(tooLate);
      this.#waiting.delete(check);
    }
  }

  named(event: string): Heard[] {
    return this.all.filter((heard) => heard.event === event);
  }

  /** Waits for so many of an event and gives their payloads. */
  async payloads(event: string, count: number): Promise<Payload[]> {
    await this.until(() => this.named(event).length >= count);
    return this.named(event).map(({ payload }) => payload);
  }
}

export interface SocketClient {
  readonly socket: Socket;
  readonly ear: Ear;
  readonly subscribe: (channel: string, after?: number) => Promise<unknown>;
}

const opened = new Set<Socket>();

/** A Socket.IO client that is connected, with what it hears. */
export async function connect(
  stage: Stage,
  person: Person,
  options: Parameters<typeof io>[1] = {},
): Promise<SocketClient> {
  const client = open(stage.url, { auth: { token: person.token }, transports: ['websocket'], ...options });
  await connected(client.socket);
  return client;
}

/** A Socket.IO client that may or may not be let in. */
export function open(url: string, options: Parameters<typeof io>[1] = {}): SocketClient {
  const socket = io(url, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, ...options });
  opened.add(socket);
  const ear = new Ear();
  socket.onAny((event: string, ...heard: unknown[]) => {
    const [first, second] = heard;
    if (typeof first === 'string') ear.hear({ event, channel: first, payload: second as Payload });
    else ear.hear({ event, channel: null, payload: first as Payload });
  });
  return {
    socket,
    ear,
    subscribe: (channel, after) =>
      socket.emitWithAck('subscribe', after === undefined ? { channel } : { channel, after }),
  };
}

/** Waits until a client is let in; rejects with the reason when it is not. */
export async function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('connect_error', reject);
  await promise;
}

/** The words with which a client is refused, or 'connected' when it is not. */
export async function verdict({ socket }: SocketClient): Promise<string> {
  return connected(socket).then(
    () => 'connected',
    (error: Error) => error.message,
  );
}

/** A plain WebSocket with what it hears. */
export interface PlainClient {
  readonly ws: WebSocket;
  readonly ear: Ear;
  readonly say: (event: string, data: unknown) => void;
}

const plain = new Set<WebSocket>();

export async function connectPlain(stage: Stage, query: string): Promise<PlainClient> {
  const ws = new WebSocket(`${stage.url.replace('http', 'ws')}/ws${query}`);
  plain.add(ws);
  const ear = new Ear();
  ws.addEventListener('message', ({ data }) => {
    const {
      event,
      channel,
      data: payload,
    } = JSON.parse(String(data)) as {
      event: string;
      channel?: string;
      data: Payload;
    };
    ear.hear({ event, channel: channel ?? null, payload });
  });
  await once(ws, 'open');
  return { ws, ear, say: (event, data) => ws.send(JSON.stringify({ event, data })) };
}

/** Closes every client that was opened; call it in `afterEach`. */
export function closeClients(): void {
  for (const socket of opened) socket.disconnect();
  for (const ws of plain) ws.close();
  opened.clear();
  plain.clear();
}
