import type { RowBlock } from '../../../domain/row-block.ts';
import type { TextRow } from '../connection/session.ts';

/** Characters of one value that a preview shows. */
export const SHOWN_CHARACTERS = 10_000;

/** Characters of all values after which a preview shows no further row. */
const SAMPLE_CHARACTERS = 2_000_000;

/** A value that is shown shortened. */
export interface ShortenedValue {
  /** Its place in the sample, from 0. */
  readonly row: number;
  readonly column: number;
  /** Bytes of the whole value, as UTF-8 text. */
  readonly bytes: number;
}

/** Rows to look at, in so much memory however wide they are, with what had to be left away for that. */
export interface Sample {
  readonly rows: readonly TextRow[];
  readonly shortened: readonly ShortenedValue[];
  /** Rows that were read besides, and are not shown. */
  readonly rowsLeftOut: number;
}

/** Takes rows in, block by block, and keeps of them what a person can look at. */
export function createSampler(width: number): { add(block: RowBlock): void; sample(): Sample } {
  const rows: TextRow[] = [];
  const shortened: ShortenedValue[] = [];
  let characters = 0;
  let rowsLeftOut = 0;

  const addRow = (block: RowBlock, at: number): void => {
    const row = Array.from({ length: width }, (_, column) => {
      const { text, bytes, whole } = beginningOf(block, at, column);
      if (!whole) shortened.push({ row: rows.length, column, bytes });
      characters += text?.length ?? 0;
      return text;
    });
    rows.push(row);
  };

  return {
    add(block) {
      for (let at = 0; at < block.length; at++) {
        if (characters < SAMPLE_CHARACTERS) addRow(block, at);
        else rowsLeftOut += 1;
      }
    },
    sample: () => ({ rows, shortened, rowsLeftOut }),
  };
}

function beginningOf(
  block: RowBlock,
  row: number,
  column: number,
): { text: string | null; bytes: number; whole: boolean } {
  const cell = (row * block.width + column) * 2;
  const start = block.cells[cell] ?? 0;
  const bytes = block.cells[cell + 1] ?? -1;
  if (bytes < 0) return { text: null, bytes: 0, whole: true };
  // No character takes more than four bytes; what is cut in the middle of one lies behind the last that is shown.
  const decoded = block.bytes.toString('utf8', start, start + Math.min(bytes, (SHOWN_CHARACTERS + 1) * 4));
  if (decoded.length <= SHOWN_CHARACTERS) return { text: decoded, bytes, whole: true };
  return { text: withoutHalf(decoded.slice(0, SHOWN_CHARACTERS)), bytes, whole: false };
}

/** Without the first half of a pair of code units whose second was cut off. */
function withoutHalf(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}
