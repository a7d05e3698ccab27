import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';

/** How often the connection is asked whether it lives, and how long it has to answer. */
const PROBE_MS = 5_000;
const ANSWER_MS = 5_000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

export interface Listening {
  readonly databaseUrl: string;
  readonly channels: readonly string[];
  readonly logger: Logger;
  /** Called with each notification that arrives. */
  readonly onNotification: (channel: string, payload: string) => void;
  /** Called whenever it listens (again): what was notified before is lost, whatever it told of must be looked up. */
  readonly onListening: () => void;
}

/**
 * Listens for notifications on a connection of its own until the signal aborts. A connection that breaks or no longer
 * answers is replaced, at first at once and then less and less eagerly.
 */
export async function listenForever(listening: Listening, signal: AbortSignal): Promise<void> {
  let retryMs = MIN_RETRY_MS;
  while (!signal.aborted) {
    try {
      await listenOnce(listening, signal, () => (retryMs = MIN_RETRY_MS));
    } catch (error) {
      listening.logger.warn({ error, retryMs }, 'The connection that listens for events is lost.');
    }
    await delay(retryMs, undefined, { signal }).catch(() => undefined);
    retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
  }
}

async function listenOnce(listening: Listening, signal: AbortSignal, onListening: () => void): Promise<void> {
  const client = new pg.Client({
    connectionString: listening.databaseUrl,
    application_name: 'lading relay',
    connectionTimeoutMillis: 5_000,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  });
  const lost = Promise.withResolvers<void>();
  // It may be lost while nobody waits for it yet.
  lost.promise.catch(() => undefined);
  client.on('error', (error) => lost.reject(error));
  client.on('end', () => lost.resolve());
  const stop = (): void => lost.resolve();
  signal.addEventListener('abort', stop, { once: true });
  const probe = setInterval(() => void client.query('select').catch(lost.reject), PROBE_MS);
  try {
    await client.connect();
    client.on('notification', ({ channel, payload }) => listening.onNotification(channel, payload ?? ''));
    for (const channel of listening.channels) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    onListening();
    listening.onListening();
    await lost.promise;
  } finally {
    clearInterval(probe);
    signal.removeEventListener('abort', stop);
    // A peer that is gone does not say good-bye; nobody waits for it.
    await Promise.race([client.end().catch(() => undefined), delay(500, undefined, { ref: false })]);
  }
}
