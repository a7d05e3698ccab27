import QueryStream from 'pg-query-stream';
import type pg from 'pg';
import type { Duplex } from 'node:stream';
import type { BoundValue, TextRow } from './session.ts';

interface RowMessage {
  readonly fields: TextRow;
  readonly length: number;
}

interface Cursor {
  read(rows: number, done: (error: Error | null) => void): void;
}

/** Batches the stream keeps ready, besides the one being read. */
const READY_BATCHES = 2;

/**
 * A `pg-query-stream` that gives batches of rows instead of rows. The rows are the arrays the driver parsed, as text and
 * without a copy; a batch is full at so many rows or so many bytes, and a server that sends faster than batches are
 * taken has to wait.
 */
export class RowBatchStream extends QueryStream {
  readonly #batchRows: number;
  readonly #batchBytes: number;
  #rows: TextRow[] = [];
  #bytes = 0;
  #taken = 0;
  #reading = false;
  #source: Duplex | null = null;
  #paused = false;

  constructor(text: string, values: BoundValue[], size: { readonly rows: number; readonly bytes: number }) {
    super(text, values, { highWaterMark: READY_BATCHES, rowMode: 'array' });
    this.#batchRows = size.rows;
    this.#batchBytes = size.bytes;
    this.handleDataRow = (message: RowMessage): void => this.#take(message);
  }

  override submit(connection: pg.Connection): void {
    this.#source = connection.stream;
    super.submit(connection);
  }

  override _read(): void {
    if (this.#paused) {
      this.#paused = false;
      this.#source?.resume();
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
      // An empty batch says nothing to the reader, but a stream that was asked and given nothing would not ask again.
      if (this.#rows.length > 0) this.#give();
      else if (!ended) this._read();
      if (ended) this.push(null);
    });
  }

  #take(message: RowMessage): void {
    this.#rows.push(message.fields);
    this.#taken += 1;
    this.#bytes += message.length;
    if (this.#bytes < this.#batchBytes) return;
    if (!this.#give()) {
      this.#paused = true;
      this.#source?.pause();
    }
  }

  #give(): boolean {
    const batch = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    return this.push(batch);
  }
}
