import type { RowBlock } from '../../domain/row-block.ts';

const APOSTROPHE = 0x27;
/** What a spreadsheet takes for the beginning of a formula: `= + - @`, a tab, a carriage return. */
const FORMULA = new Set([0x3d, 0x2b, 0x2d, 0x40, 0x09, 0x0d]);

/**
 * Takes off the apostrophe that keeps spreadsheets from running a cell, as `withoutGuard` does of a text: the cells of the
 * block begin a byte later.
 */
export function takeOffGuards({ bytes, cells, width, length: rows }: RowBlock): void {
  for (let cell = 0; cell < rows * width * 2; cell += 2) {
    const start = cells[cell] ?? 0;
    const length = cells[cell + 1] ?? -1;
    if (length < 2 || bytes[start] !== APOSTROPHE) continue;
    let at = start + 1;
    while (at < start + length && bytes[at] === APOSTROPHE) at++;
    if (at === start + length || !FORMULA.has(bytes[at] ?? 0)) continue;
    cells[cell] = start + 1;
    cells[cell + 1] = length - 1;
  }
}
