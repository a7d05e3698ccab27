import { isUtf8 } from 'node:buffer';
import { AppError } from '../../../domain/errors.ts';
import { isBlank, ValueEnd } from './value-end.ts';

/** A member of the object with the text of its value, or one element of a member that is a list to be taken apart. */
export type MemberPiece =
  | { readonly kind: 'member'; readonly name: string; readonly text: string }
  | { readonly kind: 'element'; readonly list: string; readonly text: string };

export interface MemberLimits {
  /** Bytes of one element of a list. */
  readonly elementBytes: number;
  /** Bytes of all other members together, their names too. */
  readonly memberBytes: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What has to come next where no value is being read. */
type Expected =
  | 'object'
  | 'firstName'
  | 'name'
  | 'colon'
  | 'value'
  | 'nextMember'
  | 'firstElement'
  | 'element'
  | 'nextElement'
  | 'end';

/** What is being read, byte by byte, until it ends. */
type Reading = 'name' | 'value' | 'element';

/**
 * Cuts one JSON object that comes as a stream into its members, and some of these, which are lists, into their elements:
 * of a list of any length one element at a time is held. Whether a piece is JSON is for whoever parses it.
 * AppError `bad_request` for what is no object or is cut off, `too_large` beyond the limits.
 */
export class MemberSplitter {
  readonly #lists: readonly string[];
  readonly #limits: MemberLimits;
  readonly #end = new ValueEnd();
  readonly #names = new Set<string>();
  #expected: Expected = 'object';
  #reading: Reading | null = null;
  #name = '';
  #parts: Buffer[] = [];
  #held = 0;
  #memberBytes = 0;

  constructor(lists: readonly string[], limits: MemberLimits) {
    this.#lists = lists;
    this.#limits = limits;
  }

  *push(chunk: Buffer): Generator<MemberPiece> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#reading === null) {
        const byte = chunk[at] ?? 0;
        if (isBlank(byte) || this.#between(byte)) at += 1;
        continue;
      }
      const end = this.#end.find(chunk, at);
      this.#hold(this.#reading, chunk.subarray(at, end < 0 ? chunk.length : end));
      if (end < 0) return;
      at = end;
      const piece = this.#take(this.#reading);
      if (piece !== null) yield piece;
    }
  }

  /** After the last chunk. */
  end(): void {
    if (this.#expected !== 'end') throw notJson();
  }

  /** A byte between values: true when it is taken, false when a value begins with it. */
  #between(byte: number): boolean {
    const next = NEXT[this.#expected][byte];
    if (next !== undefined && !(byte === OPEN && !this.#lists.includes(this.#name))) {
      this.#expected = next;
      return true;
    }
    const reading = READ[this.#expected];
    if (reading === undefined || STRAY.has(byte) || (reading === 'name' && byte !== QUOTE)) throw notJson();
    this.#reading = reading;
    return false;
  }

  #hold(reading: Reading, bytes: Buffer): void {
    this.#held += bytes.length;
    if (reading !== 'element') this.#memberBytes += bytes.length;
    const { elementBytes, memberBytes } = this.#limits;
    if (this.#memberBytes > memberBytes) throw tooLong(`More than ${memberBytes} bytes beside the rows`);
    if (reading === 'element' && this.#held > elementBytes) throw tooLong(`A row of more than ${elementBytes} bytes`);
    this.#parts.push(bytes);
  }

  #take(reading: Reading): MemberPiece | null {
    const bytes = Buffer.concat(this.#parts);
    if (!isUtf8(bytes)) throw new AppError('bad_request', 'The request body is not UTF-8.');
    const text = bytes.toString();
    [this.#parts, this.#held, this.#reading] = [[], 0, null];
    switch (reading) {
      case 'name':
        this.#expected = 'colon';
        this.#name = nameOf(text);
        if (this.#names.has(this.#name)) throw notJson(`${JSON.stringify(this.#name)} is in it twice`);
        this.#names.add(this.#name);
        return null;
      case 'value':
        this.#expected = 'nextMember';
        return { kind: 'member', name: this.#name, text };
      case 'element':
        this.#expected = 'nextElement';
        return { kind: 'element', list: this.#name, text };
    }
  }
}

/** Which byte leads from one expectation to another. A `[` does so where the member is a list to be taken apart. */
const NEXT: Readonly<Record<Expected, Readonly<Record<number, Expected>>>> = {
  object: { [OPEN_BRACE]: 'firstName' },
  firstName: { [CLOSE_BRACE]: 'end' },
  name: {},
  colon: { [COLON]: 'value' },
  value: { [OPEN]: 'firstElement' },
  nextMember: { [COMMA]: 'name', [CLOSE_BRACE]: 'end' },
  firstElement: { [CLOSE]: 'nextMember' },
  element: {},
  nextElement: { [COMMA]: 'element', [CLOSE]: 'nextMember' },
  end: {},
};

/** What may begin where something else than these bytes comes. */
const READ: Readonly<Partial<Record<Expected, Reading>>> = {
  firstName: 'name',
  name: 'name',
  value: 'value',
  firstElement: 'element',
  element: 'element',
};

/** No value begins with these. */
const STRAY: ReadonlySet<number> = new Set([COMMA, COLON, CLOSE, CLOSE_BRACE]);

function nameOf(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    throw notJson();
  }
}

function notJson(why?: string): AppError {
  return new AppError(
    'bad_request',
    `The request body is not a valid JSON object${why === undefined ? '' : `: ${why}`}.`,
  );
}

function tooLong(what: string): AppError {
  return new AppError('too_large', `${what} is more than is allowed.`);
}
