import { hash53 } from './hash.ts';

export type Row = readonly (string | null)[];

/** Rows chosen from many, and how many there were. */
export interface Sample {
  readonly rows: readonly Row[];
  readonly total: number;
}

const textOf = (row: Row): string => row.map((value) => value ?? '\u0000').join('\u001f');

/**
 * Takes at most `most` rows of any number, the same whatever their order: those whose hash is smallest, in the order of
 * their hashes. Memory is that of twice as many rows.
 */
export function sampleRows(rows: Iterable<Row>, most: number): Sample {
  let kept: { readonly hash: number; readonly row: Row }[] = [];
  let limit = Number.POSITIVE_INFINITY;
  let total = 0;
  const trim = (): void => {
    kept.sort((a, b) => a.hash - b.hash);
    kept = kept.slice(0, most);
    if (kept.length === most) limit = kept.at(-1)?.hash ?? limit;
  };
  for (const row of rows) {
    total++;
    const hash = hash53(textOf(row), 0x5a3);
    if (hash > limit) continue;
    kept.push({ hash, row });
    if (kept.length >= 2 * most) trim();
  }
  trim();
  return { rows: kept.map(({ row }) => row), total };
}
