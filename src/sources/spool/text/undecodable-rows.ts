const REPLACEMENT = '\ufffd';
/** Rows that are told one by one. */
const MAX_TOLD = 1000;

export interface UndecodableRow {
  /** Data rows count from 1; the header is row 0, lines above it are negative. */
  readonly row: number;
  readonly characters: number;
}

/** Counts the characters that stand for undecodable bytes, by the record of a CSV text they are in. */
export class UndecodableRows {
  readonly #marks: RegExp;
  readonly #quote: string | null;
  readonly #told: UndecodableRow[] = [];
  #row: number;
  #inQuotes = false;
  #afterReturn = false;
  #inRow = 0;
  #characters = 0;

  /** `headerRow` is the record of the header from 1, or 0 when there is none; `quote` is null when there are none. */
  constructor(headerRow: number, quote: string | null) {
    this.#row = 1 - headerRow;
    this.#quote = quote;
    this.#marks =
      quote === null ? /[\n\r\ufffd]/g : new RegExp(`[\\n\\r\\ufffd\\u{${quote.charCodeAt(0).toString(16)}}]`, 'gu');
  }

  add(text: string): void {
    this.#marks.lastIndex = 0;
    if (this.#afterReturn && text.startsWith('\n')) this.#marks.lastIndex = 1;
    if (text !== '') this.#afterReturn = false;
    for (let match = this.#marks.exec(text); match; match = this.#marks.exec(text))
      this.#mark(match[0], text, match.index);
  }

  get characters(): number {
    return this.#characters;
  }

  /** The first rows with such characters, after the text has ended. */
  end(): readonly UndecodableRow[] {
    this.#endRow();
    return this.#told;
  }

  #mark(mark: string, text: string, at: number): void {
    if (mark === REPLACEMENT) {
      this.#inRow += 1;
      this.#characters += 1;
    } else if (mark === this.#quote) this.#inQuotes = !this.#inQuotes;
    else if (!this.#inQuotes) {
      this.#endRow();
      this.#row += 1;
      if (mark === '\r') {
        this.#afterReturn = at === text.length - 1;
        if (text[at + 1] === '\n') this.#marks.lastIndex = at + 2;
      }
    }
  }

  #endRow(): void {
    if (this.#inRow > 0 && this.#told.length < MAX_TOLD) this.#told.push({ row: this.#row, characters: this.#inRow });
    this.#inRow = 0;
  }
}
