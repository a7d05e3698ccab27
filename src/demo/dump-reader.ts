import { statementScanner } from './statement-scanner.ts';

/** A piece of a dump: a statement to run, or a COPY statement with the rows that follow it. */
export type DumpPart =
  | { readonly kind: 'statement'; readonly sql: string }
  | { readonly kind: 'command'; readonly name: string }
  | { readonly kind: 'copy'; readonly sql: string; readonly rows: AsyncIterable<Buffer> };

/** A dump that is not what it should be; the message is a full sentence. */
export class DumpError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DumpError';
  }
}

const MAX_STATEMENT = 256 * 1024 * 1024;
const NEWLINE = 0x0a;
const COPY_FROM_STDIN = /^copy\s[^]*\sfrom\s+stdin\b[^]*;$/i;
const NOTHING = /^\s*(?:--.*)?\s*$/;
/** The line that ends the rows of a COPY, after the newline before it. */
const END_OF_ROWS = /^\\\.\r?(\n|$)/;

/** Bytes of a stream, a line or a block of COPY rows at a time. */
class ByteReader {
  #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(input: AsyncIterable<Buffer>) {
    this.#chunks = input[Symbol.asyncIterator]();
  }

  /** Gets more bytes behind the unread ones; false at the end of the stream. */
  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#chunks.next();
    if (next.done === true) {
      this.#ended = true;
      return false;
    }
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }

  /** The next line with its newline, which the last line may lack; null at the end. */
  async line(): Promise<Buffer | null> {
    const pieces: Buffer[] = [];
    let size = 0;
    for (let end = this.#rest.indexOf(NEWLINE); end === -1; end = this.#rest.indexOf(NEWLINE)) {
      pieces.push(this.#rest);
      size += this.#rest.length;
      this.#rest = Buffer.alloc(0);
      if (size > MAX_STATEMENT) throw new DumpError('A line of the dump is longer than 256 MB.');
      if (!(await this.#more())) return size === 0 ? null : Buffer.concat(pieces);
    }
    const end = this.#rest.indexOf(NEWLINE) + 1;
    pieces.push(this.#rest.subarray(0, end));
    this.#rest = this.#rest.subarray(end);
    return Buffer.concat(pieces);
  }

  /** The bytes up to the line `\.`, which is read too. */
  async *copyRows(): AsyncGenerator<Buffer> {
    let atLineStart = true;
    for (;;) {
      const end = this.#endOfRows(atLineStart);
      if (end !== null) {
        if (end.rows > 0) yield this.#rest.subarray(0, end.rows);
        this.#rest = this.#rest.subarray(end.next);
        return;
      }
      // What could be the start of the last line stays until the rest of it has come.
      const lastLine = this.#rest.lastIndexOf(NEWLINE, this.#rest.length - 1) + 1;
      const open = this.#rest.length - lastLine;
      const safe = open <= 4 ? lastLine : this.#rest.length;
      if (safe > 0) {
        yield this.#rest.subarray(0, safe);
        atLineStart = this.#rest[safe - 1] === NEWLINE;
        this.#rest = this.#rest.subarray(safe);
      }
      if (!(await this.#more())) throw new DumpError('The dump ends in the middle of the rows of a COPY.');
    }
  }

  #endOfRows(atLineStart: boolean): { rows: number; next: number } | null {
    for (let at = atLineStart ? 0 : this.#nextLine(0); at !== -1; at = this.#nextLine(at)) {
      if (this.#rest[at] !== 0x5c || this.#rest[at + 1] !== 0x2e) continue;
      const match = END_OF_ROWS.exec(this.#rest.toString('latin1', at, at + 4));
      if (match === null || (match[1] === '' && !this.#ended)) continue;
      return { rows: at, next: at + match[0].length };
    }
    return null;
  }

  /** Where the next line that begins with a backslash and a point starts. */
  #nextLine(from: number): number {
    const at = this.#rest.indexOf('\n\\.', from, 'latin1');
    return at === -1 ? -1 : at + 1;
  }
}

/**
 * Takes a plain-text dump apart, as pg_dump of PostgreSQL 12 to 18 writes it, holding no more of it than one statement.
 * The rows of a COPY must be read before the next part is asked for. psql's own commands (`\restrict`, `\connect`)
 * are named, never obeyed. Throws `DumpError` when the text ends too early.
 */
export async function* readDump(input: AsyncIterable<Buffer>): AsyncGenerator<DumpPart> {
  const reader = new ByteReader(input);
  let pending: Buffer[] = [];
  let size = 0;
  let scanner = statementScanner();
  for (let line = await reader.line(); line !== null; line = await reader.line()) {
    const text = line.toString('latin1');
    if (size === 0 && text.startsWith('\\')) {
      yield { kind: 'command', name: /^\\(\S*)/.exec(text)?.[1] ?? '' };
      continue;
    }
    if (size === 0 && NOTHING.test(text)) continue;
    let from = 0;
    for (let end = scanner.scan(text, from); end !== -1; end = scanner.scan(text, from)) {
      const sql = Buffer.concat([...pending, line.subarray(from, end)])
        .toString('utf8')
        .trim();
      [pending, size, from, scanner] = [[], 0, end, statementScanner()];
      if (!COPY_FROM_STDIN.test(sql)) {
        yield { kind: 'statement', sql };
        continue;
      }
      yield { kind: 'copy', sql: sql.slice(0, -1), rows: reader.copyRows() };
      break;
    }
    const rest = line.subarray(from);
    if (size === 0 && NOTHING.test(rest.toString('latin1'))) continue;
    pending.push(rest);
    size += rest.length;
    if (size > MAX_STATEMENT) throw new DumpError('A statement of the dump is longer than 256 MB.');
  }
  if (size > 0) throw new DumpError('The dump ends in the middle of a statement.');
}
