import {
  afterLineEnd,
  IS_CR,
  IS_DELIMITER,
  IS_ESCAPE,
  IS_LF,
  IS_QUOTE,
  NOT_WHOLE,
  PLAIN,
  SPACE,
  TAB,
} from './byte-kinds.ts';
import type { ByteKinds } from './byte-kinds.ts';

/** Found instead of the end of a quoted value, besides `NOT_WHOLE`. */
export const TEXT_FOLLOWS = -2;
export const UNCLOSED = -3;

/** Finds where a quoted value ends; what it found of the last one stays here, so that no object is made for each. */
export class QuotedValue {
  readonly #kinds: ByteKinds;
  /** Where the closing quote lies. */
  closedAt = 0;
  hasEscapes = false;
  /** Line ends inside. */
  lineEnds = 0;
  /** Where the first of them lies; -1 when there is none. */
  firstLineEnd = -1;

  constructor(kinds: ByteKinds) {
    this.#kinds = kinds;
  }

  /**
   * Looks at the value that begins with the quote at `open`, in bytes that end at `to`, where a line end stands.
   * @returns where the delimiter or line end behind it lies; `TEXT_FOLLOWS` when something else follows the closing quote,
   *   `UNCLOSED` when it does so in a later line; `NOT_WHOLE` when the bytes end first
   */
  find(bytes: Buffer, open: number, to: number, final: boolean): number {
    const { inside, outside, doubled } = this.#kinds;
    this.hasEscapes = false;
    this.lineEnds = 0;
    this.firstLineEnd = -1;
    let at = open + 1;
    for (;;) {
      let kind = inside[bytes[at] as number];
      while (kind === PLAIN) kind = inside[bytes[++at] as number];
      if (kind === IS_QUOTE) {
        if (doubled && bytes[at + 1] === bytes[open] && at + 1 < to) {
          this.hasEscapes = true;
          at += 2;
          continue;
        }
        let after = at + 1;
        while ((bytes[after] === SPACE || bytes[after] === TAB) && outside[bytes[after] as number] === PLAIN)
          after += 1;
        if (after >= to && !final) return NOT_WHOLE;
        this.closedAt = at;
        const kindAfter = outside[bytes[after] as number];
        if (kindAfter === IS_DELIMITER || kindAfter === IS_LF || kindAfter === IS_CR) return after;
        return this.lineEnds === 0 ? TEXT_FOLLOWS : UNCLOSED;
      }
      if (at >= to) return NOT_WHOLE;
      if (kind === IS_ESCAPE) {
        if (at + 1 >= to) return NOT_WHOLE;
        this.hasEscapes = true;
        at += 1;
        // A line end is a character of the value either way, but one that counts.
        if (outside[bytes[at] as number] !== IS_LF && outside[bytes[at] as number] !== IS_CR) at += 1;
        continue;
      }
      if (this.firstLineEnd < 0) this.firstLineEnd = at;
      const next = afterLineEnd(bytes, at, to, final);
      if (next === NOT_WHOLE) return NOT_WHOLE;
      this.lineEnds += 1;
      at = next;
    }
  }
}
