/** One member of a row: its name and value as text; null for JSON's null. */
export interface JsonCell {
  readonly name: string;
  readonly text: string | null;
}

/** The column of values that are no objects. */
const VALUE_COLUMN = 'value';

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANKS = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f]/;
const LITERALS = [
  ['true', 'true'],
  ['false', 'false'],
  ['null', null],
] as const;

/**
 * The members of a JSON object in their order, repeated names too; a value that is no object is a member `value`.
 * Numbers keep the digits they are written with, objects and arrays become JSON text without blanks. Throws a
 * SyntaxError when the text is not JSON by RFC 8259, or when values lie more than `depth` deep in each other.
 */
export function parseRow(text: string, depth: number): readonly JsonCell[] {
  const reader = new Reader(text, depth);
  reader.blanks();
  const cells = reader.at('{') ? reader.members() : [{ name: VALUE_COLUMN, text: reader.value() }];
  reader.blanks();
  if (!reader.atEnd) throw reader.error();
  return cells;
}

class Reader {
  readonly #text: string;
  readonly #depth: number;
  #at = 0;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  at(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  blanks(): void {
    if (this.#text.charCodeAt(this.#at) <= SPACE) this.#take(BLANKS);
  }

  members(): readonly JsonCell[] {
    const cells: JsonCell[] = [];
    this.#list('}', () => {
      cells.push({ name: this.#name(), text: this.value() });
    });
    return cells;
  }

  value(): string | null {
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '{' || first === '[') {
      const start = this.#at;
      this.#skipNested(first, 2);
      return withoutBlanks(this.#text.slice(start, this.#at));
    }
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    const number = this.#take(NUMBER);
    if (number === null) throw this.error();
    return number;
  }

  error(): SyntaxError {
    return new SyntaxError(`character ${this.#at + 1} is not what JSON has there`);
  }

  #string(): string {
    if (!this.at('"')) throw this.error();
    const start = this.#at;
    this.#skipString();
    const inner = this.#text.slice(start + 1, this.#at - 1);
    if (inner.includes('\\')) return JSON.parse(this.#text.slice(start, this.#at)) as string;
    if (CONTROL.test(inner)) throw this.error();
    return inner;
  }

  /** Goes behind the quote that ends the string; what is in it is looked at elsewhere. */
  #skipString(): void {
    let end = this.#at;
    let escapes = 0;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw this.error();
      for (escapes = 0; this.#text[end - 1 - escapes] === '\\';) escapes += 1;
    } while (escapes % 2 === 1);
    this.#at = end + 1;
  }

  /** A member's name, up to its value. */
  #name(): string {
    const name = this.#string();
    this.blanks();
    if (!this.#skip(':')) throw this.error();
    this.blanks();
    return name;
  }

  /** What stands between the bracket that begins here and `close`: `item` reads one member or element. */
  #list(close: '}' | ']', item: () => void): void {
    this.#at += 1;
    this.blanks();
    if (this.#skip(close)) return;
    for (;;) {
      item();
      this.blanks();
      if (this.#skip(close)) return;
      if (!this.#skip(',')) throw this.error();
      this.blanks();
    }
  }

  /** Goes behind an object or array, `depth` deep; nothing is kept of it, so that memory does not depend on what is in it. */
  #skipNested(open: '{' | '[', depth: number): void {
    if (depth > this.#depth) throw new SyntaxError(`values lie more than ${this.#depth} deep in each other`);
    this.#list(open === '{' ? '}' : ']', () => {
      if (open === '{') this.#name();
      const first = this.#text[this.#at];
      if (first === '{' || first === '[') this.#skipNested(first, depth + 1);
      else this.value();
    });
  }

  #skip(character: string): boolean {
    if (!this.at(character)) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0];
    if (taken === undefined) return null;
    this.#at += taken.length;
    return taken;
  }
}

/** JSON text that is known to be valid, without the blanks between its words. */
function withoutBlanks(text: string): string {
  if (!/[ \t\n\r]/.test(text)) return text;
  const units = Buffer.allocUnsafe(text.length * 2);
  let used = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) inString = !inString;
    if (!inString && (unit === SPACE || unit === 0x09 || unit === 0x0a || unit === 0x0d)) continue;
    used = units.writeUInt16LE(unit, used);
    if (unit !== BACKSLASH) continue;
    // What is escaped is none of the marks it looks like.
    at += 1;
    used = units.writeUInt16LE(text.charCodeAt(at), used);
  }
  return units.toString('utf16le', 0, used);
}
