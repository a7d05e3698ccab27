/** One member of a row: its name and value as text; null for JSON's null. */
export interface JsonCell {
  readonly name: string;
  readonly text: string | null;
}

/** The column of values that are no objects. */
export const VALUE_COLUMN = 'value';

const SPACE = 0x20;
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
 * SyntaxError when the text is not JSON by RFC 8259.
 */
export function parseRow(text: string): readonly JsonCell[] {
  const reader = new Reader(text);
  reader.blanks();
  const cells = reader.at('{') ? reader.members() : [{ name: VALUE_COLUMN, text: reader.value() }];
  reader.blanks();
  if (!reader.atEnd) throw reader.error();
  return cells;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
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
    this.#at += 1;
    this.blanks();
    if (this.#skip('}')) return cells;
    for (;;) {
      const name = this.#string();
      this.blanks();
      if (!this.#skip(':')) throw this.error();
      this.blanks();
      cells.push({ name, text: this.value() });
      this.blanks();
      if (this.#skip('}')) return cells;
      if (!this.#skip(',')) throw this.error();
      this.blanks();
    }
  }

  value(): string | null {
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '{' || first === '[') return this.#nested();
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
    return new SyntaxError(`unexpected character ${this.#at + 1} of the row`);
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

  /** An object or array: its end is found by brackets, its syntax left to JSON.parse, its text kept. */
  #nested(): string {
    const start = this.#at;
    let compact = '';
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.error();
      if (character === '"') {
        const from = this.#at;
        this.#skipString();
        compact += this.#text.slice(from, this.#at);
        continue;
      }
      if (character === '{' || character === '[') depth += 1;
      else if (character === '}' || character === ']') depth -= 1;
      if (character !== ' ' && character !== '\n' && character !== '\r' && character !== '\t') compact += character;
      this.#at += 1;
    } while (depth > 0);
    JSON.parse(this.#text.slice(start, this.#at));
    return compact;
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
