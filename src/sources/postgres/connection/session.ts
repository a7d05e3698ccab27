import type pg from 'pg';
import type net from 'node:net';
import { sendCancelRequest } from './cancel-request.ts';
import { connectionLost, queryFailed } from './connection-errors.ts';
import type { SourceClient } from './source-client.ts';

/** A row as the server wrote it: every value as text, in the order of the select list. */
export type TextRow = (string | null)[];

/** What may be bound to a parameter: text in the parameter's own type, or an array of it. */
export type BoundValue = string | null | readonly (string | null)[];

export interface SessionParts {
  readonly client: SourceClient;
  readonly socket: net.Socket;
  /** Another connection to the same server, ready to be written to. */
  readonly openSocket: (signal: AbortSignal) => Promise<net.Socket>;
  readonly password: string;
  readonly statementTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface TransactionOptions {
  /** Milliseconds a statement of this transaction may run, when it is not the session's usual. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds that reading rows by `submit` may run, when that is to be longer than what `query` waits for. */
  readonly readTimeoutMs?: number;
}

/** What the server gets beyond the statement's own time to say that it has used it up. */
const GRACE_MS = 3_000;
const CANCEL_MS = 1_500;
const CLOSE_MS = 1_000;

/** Hands the server's text through as it is. */
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/**
 * One connection to a source database. All work happens in read-only transactions of one snapshot; whatever it waits
 * for ends by an answer, its time limit, the signal or the loss of the connection, and after one of the last three the
 * session is over. Nothing is ever set for the session, only for a transaction: behind a connection pooler a session's
 * settings would be left to whoever gets the server connection next.
 */
export class SourceSession {
  readonly #parts: SessionParts;
  readonly #lostListeners = new Set<(error: unknown) => void>();
  #failure: unknown = null;
  #serverVersion = '';
  #cancelling: Promise<void> = Promise.resolve();
  readonly #usualLimitMs: number;
  #limitMs: number;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#usualLimitMs = parts.statementTimeoutMs ?? 60_000;
    this.#limitMs = this.#usualLimitMs;
    const { client, socket, signal } = parts;
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(connectionLost('server closed the connection unexpectedly')));
    socket.on('error', (error: Error) => this.#lose(error));
    client.connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, string>) => {
      if (parameterName === 'server_version') this.#serverVersion = parameterValue ?? '';
    });
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** As the server says it, such as `14.9 (Debian 14.9-1.pgdg110+1)`. */
  get serverVersion(): string {
    return this.#serverVersion;
  }

  /** Bytes received so far: what moves while the server sends. */
  get bytesReceived(): number {
    return this.#parts.socket.bytesRead;
  }

  /** Calls back once when the session is lost, at once when it is; gives what ends the waiting. */
  onLost(listener: (error: unknown) => void): () => void {
    if (this.#failure !== null) queueMicrotask(() => listener(this.#failure));
    else this.#lostListeners.add(listener);
    return () => void this.#lostListeners.delete(listener);
  }

  /**
   * Runs one statement and gives its rows.
   * @throws AppError `source_rejected` for what the server refuses, `source_unreachable` for what it could not do
   */
  async query(text: string, values: readonly BoundValue[] = []): Promise<TextRow[]> {
    return (await this.#run(text, values)).rows;
  }

  /** Runs one statement and gives the type ids of its columns. */
  async columnTypes(text: string, values: readonly BoundValue[] = []): Promise<number[]> {
    return (await this.#run(text, values)).fields.map(({ dataTypeID }) => dataTypeID);
  }

  /** Begins a read-only snapshot; `commit` or `rollback` ends it. */
  async begin(options: TransactionOptions = {}): Promise<void> {
    this.#limitMs = options.statementTimeoutMs ?? this.#usualLimitMs;
    const settings = Object.entries({
      ...SETTINGS,
      statement_timeout: String(options.readTimeoutMs ?? this.#limitMs),
      idle_in_transaction_session_timeout: String(this.#parts.idleTimeoutMs ?? 300_000),
    }).map(([name, value]) => `set_config('${name}', '${value}', true)`);
    await this.query('begin isolation level repeatable read, read only');
    await this.query(`select ${settings.join(', ')}, ${NOTICE_LOSS}`);
  }

  /** Runs work in one read-only snapshot; what it threw goes on after the transaction is rolled back. */
  async transaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    try {
      await this.begin(options);
      const result = await work();
      await this.query('commit');
      return result;
    } catch (error) {
      if (this.#failure === null) await this.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      this.#limitMs = this.#usualLimitMs;
    }
  }

  /** Hands a streaming query to the driver; its owner watches over it. */
  submit<T extends pg.Submittable>(query: T): T {
    return this.#parts.client.query(query);
  }

  /** An error as an AppError: why the session was lost, or what the server said. */
  explain(error: unknown): unknown {
    this.#parts.signal?.throwIfAborted();
    return queryFailed(this.#failure ?? error, this.#parts);
  }

  /** Ends the session at once, with a reason for whoever still waits, and asks the server to cancel what it runs. */
  destroy(reason: unknown): void {
    if (this.#failure !== null) return;
    this.#cancelling = this.#cancel();
    this.#lose(reason);
    this.#parts.socket.destroy();
  }

  /** Says good-bye; resolves within a second or two even when the server no longer answers. */
  async close(): Promise<void> {
    const { client, socket, signal } = this.#parts;
    signal?.removeEventListener('abort', this.#onAbort);
    if (this.#failure === null) {
      this.#failure = connectionLost('the session was closed');
      const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
      await client.end().catch(() => undefined);
      clearTimeout(timer);
    }
    socket.destroy();
    await this.#cancelling;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #onAbort = (): void => this.destroy(this.#parts.signal?.reason);

  #lose(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    for (const listener of this.#lostListeners) listener(error);
    this.#lostListeners.clear();
  }

  async #run(text: string, values: readonly BoundValue[]): Promise<pg.QueryArrayResult<TextRow>> {
    const { promise: lost, reject } = Promise.withResolvers<never>();
    const stopListening = this.onLost(reject);
    const asked = this.#parts.client.query<TextRow>({ text, values: [...values], rowMode: 'array', types: AS_TEXT });
    const timer = setTimeout(() => this.destroy(connectionLost('Connection timed out')), this.#limitMs + GRACE_MS);
    try {
      return await Promise.race([asked, lost]);
    } catch (error) {
      throw this.explain(error);
    } finally {
      clearTimeout(timer);
      stopListening();
      asked.catch(() => undefined);
    }
  }

  async #cancel(): Promise<void> {
    const { processID, secretKey } = this.#parts.client as unknown as { processID?: unknown; secretKey?: unknown };
    if (typeof processID !== 'number' || typeof secretKey !== 'number') return;
    const signal = AbortSignal.timeout(CANCEL_MS);
    try {
      const socket = await this.#parts.openSocket(signal);
      await sendCancelRequest(socket, { processId: processID, secretKey }, signal);
    } catch {
      // The request is a courtesy to the server; without it the backend ends when it next writes to the closed socket.
    }
  }
}

/** Values come as text, so how they are written must not depend on the server, the database or the role. */
const SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'iso_8601',
  bytea_output: 'hex',
  extra_float_digits: '1',
  lc_monetary: 'C',
  standard_conforming_strings: 'on',
  jit: 'off',
};

/** From PostgreSQL 14 on a server can notice a vanished client in the middle of a long sort; older ones cannot. */
const NOTICE_LOSS = `(select set_config(name, '5000', true) from pg_catalog.pg_settings
  where name = 'client_connection_check_interval' and pg_catalog.version() ~* 'linux|darwin|bsd')`;
