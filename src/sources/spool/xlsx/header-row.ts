/** What is looked at to find the header: the first rows that hold something. */
export interface HeadRow {
  readonly cells: number;
  /** Cells with text, not numbers, dates or booleans. */
  readonly texts: number;
}

/** How many rows are looked at. */
export const HEAD_ROWS = 20;

/**
 * Which of a sheet's first rows is the header, by its index: the first, unless rows with a single cell (titles, notes)
 * stand above a row of several texts that no row below is wider than, and that has rows below it.
 */
export function guessHeaderRow(rows: readonly HeadRow[]): number {
  const first = rows.findIndex((row) => row.cells > 1);
  const candidate = rows[first];
  if (first <= 0 || !candidate || candidate.texts < candidate.cells) return 0;
  const below = rows.slice(first + 1);
  return below.length > 0 && below.every((row) => row.cells <= candidate.cells) ? first : 0;
}
