import QueryStream from 'pg-query-stream';
import type pg from 'pg';
import type { RowBlock } from '../../../domain/row-block.ts';
import { RowBlockBuilder } from './row-block-builder.ts';
import type { MessageRouter } from '../connection/message-router.ts';
import { routerOf } from '../connection/source-client.ts';

interface Cursor {
  read(rows: number, done: (error: Error | null) => void): void;
}

/** Batches the stream keeps ready, besides the one being read. */
const READY_BATCHES = 2;

/**
 * A `pg-query-stream` that gives blocks of rows instead of rows: the bytes the server sent, without a string or an
 * array a row. A block is full at so many rows or so many bytes, and a server that sends faster than blocks are taken
 * has to wait.
 */
export class RowBatchStream extends QueryStream {
  readonly #batchRows: number;
  readonly #batchBytes: number;
  #building = new RowBlockBuilder();
  readonly #idle: RowBlock[] = [];
  #taken = 0;
  #reading = false;
  #router: MessageRouter | null = null;
  #socket: pg.Connection['stream'] | null = null;
  #paused = false;

  constructor(text: string, values: unknown[], size: { readonly rows: number; readonly bytes: number }) {
    super(text, values, { highWaterMark: READY_BATCHES, rowMode: 'array' });
    this.#batchRows = size.rows;
    this.#batchBytes = size.bytes;
  }

  override submit(connection: pg.Connection): void {
    this.#socket = connection.stream;
    this.#router = routerOf(connection);
    this.#router.rows = (bytes, start, end) => this.#take(bytes, start, end);
    super.submit(connection);
  }

  override _read(): void {
    if (this.#paused) {
      this.#paused = false;
      this.#socket?.resume();
    }
    if (this.#reading) return;
    this.#reading = true;
    this.#taken = 0;
    (this.cursor as Cursor).read(this.#batchRows, (error) => {
      this.#reading = false;
      if (error) {
        this.destroy(error);
        return;
      }
      const ended = this.#taken < this.#batchRows;
      // An empty block says nothing to the reader, but a stream that was asked and given nothing would not ask again.
      if (this.#building.length > 0) this.#give();
      else if (!ended) this._read();
      if (!ended) return;
      this.#release();
      this.push(null);
    });
  }

  override _destroy(error: Error, done: (error?: Error | null) => void): void {
    this.#release();
    super._destroy(error, done);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (this.destroyed) return;
    if (!this.#building.add(bytes, start, end)) {
      this.destroy(new Error('received an invalid row from the server'));
      return;
    }
    this.#taken += 1;
    if (this.#building.bytes < this.#batchBytes) return;
    if (!this.#give()) {
      this.#paused = true;
      this.#socket?.pause();
    }
  }

  /** Takes a block back that nobody looks at any more: the next rows are written over it. */
  recycle(block: RowBlock): void {
    this.#idle.push(block);
  }

  #give(): boolean {
    const block = this.#building.build();
    this.#building = new RowBlockBuilder(this.#idle.pop());
    return this.push(block);
  }

  /** What the server sends from now on is not for this stream. */
  #release(): void {
    if (this.#router !== null) this.#router.rows = null;
  }
}
