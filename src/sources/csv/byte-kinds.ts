import type { CsvSyntax } from './csv-format.ts';

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const TAB = 0x09;

/** What a byte means to the scanner; all that have no other meaning are plain. */
export const PLAIN = 0;
export const IS_DELIMITER = 1;
export const IS_LF = 2;
export const IS_CR = 3;
export const IS_QUOTE = 4;
export const IS_ESCAPE = 5;

/** What each byte means outside of quotes and inside of them. */
export interface ByteKinds {
  readonly outside: Uint8Array;
  readonly inside: Uint8Array;
  /** Whether a quote inside quotes is escaped by another. */
  readonly doubled: boolean;
}

export function byteKinds({ delimiter, quote, escape }: CsvSyntax): ByteKinds {
  const outside = new Uint8Array(256);
  const inside = new Uint8Array(256);
  const doubled = escape === quote;
  if (!doubled && escape !== null) inside[escape.charCodeAt(0)] = IS_ESCAPE;
  for (const kinds of [outside, inside]) {
    kinds[LF] = IS_LF;
    kinds[CR] = IS_CR;
    if (quote !== null) kinds[quote.charCodeAt(0)] = IS_QUOTE;
  }
  outside[delimiter.charCodeAt(0)] = IS_DELIMITER;
  return { outside, inside, doubled };
}

/** Found instead of an offset when the bytes end too early to tell it. */
export const NOT_WHOLE = -1;

/**
 * Where what follows the line end at `at` begins, in bytes that end at `to`. A CR as the last one may be half of a line
 * end unless `final` says that nothing follows.
 */
export function afterLineEnd(bytes: Buffer, at: number, to: number, final: boolean): number {
  if (bytes[at] === LF) return at + 1;
  if (at + 1 < to) return bytes[at + 1] === LF ? at + 2 : at + 1;
  return final ? to : NOT_WHOLE;
}
