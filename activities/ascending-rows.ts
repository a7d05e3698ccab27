/** Rows that are looked up at once. */
const PAGE = 10_000;

/** Rows of a long list, by ascending number, of which a page is held; asked for from the beginning to the end. */
export class AscendingRows<Row extends { readonly rowNumber: number }> {
  readonly #pageAfter: (after: number, limit: number) => Promise<readonly Row[]>;
  #page: readonly Row[] = [];
  #at = 0;
  /** All rows up to this number are in the page or behind it. */
  #knownUpTo = 0;

  constructor(pageAfter: (after: number, limit: number) => Promise<readonly Row[]>) {
    this.#pageAfter = pageAfter;
  }

  /** The rows after a number, up to another. */
  async between(after: number, last: number): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (;;) {
      for (; this.#at < this.#page.length; this.#at++) {
        const row = this.#page[this.#at];
        if (row === undefined || row.rowNumber > last) return found;
        if (row.rowNumber > after) found.push(row);
      }
      if (this.#knownUpTo >= last) return found;
      this.#page = await this.#pageAfter(Math.max(this.#knownUpTo, after), PAGE);
      this.#at = 0;
      this.#knownUpTo = this.#page.length < PAGE ? Number.POSITIVE_INFINITY : (this.#page.at(-1)?.rowNumber ?? 0);
    }
  }
}
