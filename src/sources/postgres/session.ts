import pg from 'pg';
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
}

/** What the server gets beyond the statement's own time to say that it has used it up. */
const GRACE_MS = 3_000;
const CANCEL_MS = 1_500;
const CLOSE_MS = 1_000;

/** Hands the server's text through as it is. */
const AS_TEXT = { getTypeParser: () => (text: string) => text };

/**
 * One connection to a source database. All work happens in read-only transactions of one snapshot; whatever it waits
 * for ends by an answer, its time limit, the signal or the loss of the connection, and after one of the last three the
 * session is over. Nothing is ever set for the session, only for a transaction: behind a connection pooler a session's
 * settings would be left to whoever gets the server connection next.
 */
export class SourceSession {
  readonly #parts: SessionParts;
  readonly #lost = Promise.withResolvers<never>();
  #failure: unknown = null;
  #serverVersion = '';
  #cancelling: Promise<void> = Promise.resolve();
  #statementTimeoutMs: number;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#statementTimeoutMs = parts.statementTimeoutMs ?? 60_000;
    this.#lost.promise.catch(() => undefined);
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

  /** Rejects when the session is over before it was closed; never resolves. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /**
   * Runs one statement and gives its rows.
   * @throws AppError `source_rejected` for what the server refuses, `source_unreachable` for what it could not do
   */
  async query(text: string, values: readonly BoundValue[] = []): Promise<TextRow[]> {
    const asked = this.#parts.client.query<TextRow>({
      text,
      values: [...values],
      rowMode: 'array',
      types: AS_TEXT,
    } as pg.QueryArrayConfig);
    const timer = setTimeout(() => this.destroy(connectionLost('Connection timed out')), this.#statementTimeoutMs + GRACE_MS);
    try {
      const { rows } = await Promise.race([asked, this.lost]);
      return rows;
    } catch (error) {
      throw this.explain(error);
    } finally {
      clearTimeout(timer);
      asked.catch(() => undefined);
    }
  }

  /** Runs work in one read-only snapshot; what it threw goes on after the transaction is rolled back. */
  async transaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const usual = this.#statementTimeoutMs;
    this.#statementTimeoutMs = options.statementTimeoutMs ?? usual;
    try {
      await this.#begin();
      const result = await work();
      await this.query('commit');
      return result;
    } catch (error) {
      if (this.#failure === null) await this.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      this.#statementTimeoutMs = usual;
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
    this.#failure ??= error;
    this.#lost.reject(this.#failure);
  }

  async #begin(): Promise<void> {
    const settings: Record<string, string> = {
      TimeZone: 'UTC',
      DateStyle: 'ISO, MDY',
      IntervalStyle: 'iso_8601',
      bytea_output: 'hex',
      extra_float_digits: '1',
      standard_conforming_strings: 'on',
      jit: 'off',
      statement_timeout: String(this.#statementTimeoutMs),
      idle_in_transaction_session_timeout: String(this.#parts.idleTimeoutMs ?? 300_000),
    };
    const calls = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
    await this.query('begin isolation level repeatable read, read only');
    await this.query(`select ${calls.join(', ')}, ${NOTICE_LOSS}`);
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

/** From PostgreSQL 14 on a server can notice a vanished client in the middle of a long sort; older ones cannot. */
const NOTICE_LOSS = `(select set_config(name, '5000', true) from pg_catalog.pg_settings
  where name = 'client_connection_check_interval' and pg_catalog.version() ~* 'linux|darwin|bsd')`;
