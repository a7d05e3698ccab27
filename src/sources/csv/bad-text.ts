import { isUtf8 } from 'node:buffer';
import type { RowBlock } from '../../domain/row-block.ts';

/** A value that is no text: it holds the character NUL, or its bytes are not UTF-8. */
export interface BadText {
  /** Place of the row in its block, from 0, and of the column, from 1. */
  readonly row: number;
  readonly column: number;
  readonly fault: 'nul' | 'encoding';
}

/** The values of a block that are no text; most blocks are told to have none by one look at all of their bytes. */
export function badTexts({ bytes, cells, width, length }: RowBlock): BadText[] {
  if (isUtf8(bytes) && !bytes.includes(0)) return [];
  const found: BadText[] = [];
  for (let cell = 0; cell < length * width; cell++) {
    const start = cells[cell * 2] ?? 0;
    const size = cells[cell * 2 + 1] ?? -1;
    if (size < 0) continue;
    const value = bytes.subarray(start, start + size);
    const encoded = isUtf8(value);
    if (encoded && !value.includes(0)) continue;
    found.push({ row: Math.floor(cell / width), column: (cell % width) + 1, fault: encoded ? 'nul' : 'encoding' });
  }
  return found;
}
