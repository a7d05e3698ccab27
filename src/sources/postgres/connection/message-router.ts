/** Takes the body of a DataRow message: the bytes from `start` up to `end`, which are the receiver's only meanwhile. */
export type RowReceiver = (bytes: Buffer, start: number, end: number) => void;

export interface MessageRoutes {
  /** Takes everything but rows, as it came. */
  readonly rest: (bytes: Buffer) => void;
  /** Is called for a message whose body is longer than `maxBytes`, before any of it is kept; nothing follows. */
  readonly tooLarge: (bytes: number) => void;
  readonly maxBytes: number;
}

const DATA_ROW = 0x44;
const HEADER_BYTES = 5;

/**
 * Follows the messages a PostgreSQL server sends (documentation, "Message Formats") and hands rows, when somebody takes
 * them, over as bytes; the driver would make a string of every value. Order is kept: what came before a row is told
 * before it.
 */
export class MessageRouter {
  readonly #routes: MessageRoutes;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the current message that are still to come. */
  #bodyBytes = 0;
  /** A row that comes in pieces; null when the current message is not one. */
  #row: Buffer | null = null;
  #closed = false;
  /** Whoever takes rows; while nobody does they go where the rest goes. */
  rows: RowReceiver | null = null;

  constructor(routes: MessageRoutes) {
    this.#routes = routes;
  }

  /** Takes what the server has sent next, wherever its messages begin and end. */
  take(chunk: Buffer): void {
    let offset = 0;
    let restFrom = 0;
    const passRest = (upTo: number): void => {
      if (upTo > restFrom) this.#routes.rest(chunk.subarray(restFrom, upTo));
    };
    while (offset < chunk.length && !this.#closed) {
      if (this.#bodyBytes > 0) {
        const taken = Math.min(this.#bodyBytes, chunk.length - offset);
        const row = this.#row;
        if (row !== null) chunk.copy(row, row.length - this.#bodyBytes, offset, offset + taken);
        offset += taken;
        this.#bodyBytes -= taken;
        if (row === null) continue;
        restFrom = offset;
        if (this.#bodyBytes === 0) this.#endRow(row);
      } else if (this.#headerBytes > 0 || chunk.length - offset < HEADER_BYTES) {
        // What a header says is known only when all of it is here.
        passRest(offset);
        const taken = chunk.copy(this.#header, this.#headerBytes, offset, offset + HEADER_BYTES - this.#headerBytes);
        offset += taken;
        restFrom = offset;
        this.#headerBytes += taken;
        if (this.#headerBytes < HEADER_BYTES) return;
        this.#headerBytes = 0;
        if (this.#begin(this.#header, 0) === 'rest') this.#routes.rest(Buffer.from(this.#header));
      } else {
        const bodyBytes = chunk.readUInt32BE(offset + 1) - 4;
        if (this.rows !== null && chunk[offset] === DATA_ROW) {
          passRest(offset);
          const start = offset + HEADER_BYTES;
          if (bodyBytes >= 0 && bodyBytes <= this.#routes.maxBytes && start + bodyBytes <= chunk.length) {
            this.rows(chunk, start, start + bodyBytes);
            offset = start + bodyBytes;
          } else {
            this.#begin(chunk, offset);
            offset = start;
          }
          restFrom = offset;
        } else {
          if (bodyBytes < 0 || bodyBytes > this.#routes.maxBytes) passRest(offset);
          this.#begin(chunk, offset);
          offset += HEADER_BYTES;
        }
      }
    }
    if (!this.#closed && this.#row === null) passRest(chunk.length);
  }

  /** Begins the message whose header lies at an offset. */
  #begin(bytes: Buffer, offset: number): 'row' | 'rest' | 'closed' {
    // The length counts its own four bytes; one that is less is no length, and becomes larger than any limit.
    this.#bodyBytes = (bytes.readUInt32BE(offset + 1) - 4) >>> 0;
    if (this.#bodyBytes > this.#routes.maxBytes) {
      this.#closed = true;
      this.#routes.tooLarge(this.#bodyBytes);
      return 'closed';
    }
    if (this.rows === null || bytes[offset] !== DATA_ROW) return 'rest';
    const row = Buffer.allocUnsafe(this.#bodyBytes);
    if (row.length === 0) this.#endRow(row);
    else this.#row = row;
    return 'row';
  }

  #endRow(row: Buffer): void {
    this.#row = null;
    this.rows?.(row, 0, row.length);
  }
}
