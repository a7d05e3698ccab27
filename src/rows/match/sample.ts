import { hash53 } from './hash.ts';

export type Row = readonly (string | null)[];

/** Rows chosen from many. */
export interface Sample {
  readonly rows: readonly Row[];
  /** How many there were, and about how many of them were distinct. */
  readonly total: number;
  readonly distinct: number;
}

const textOf = (row: Row): string => row.map((value) => value ?? '\u0000').join('\u001f');

const HASHES = 2 ** 53;

/**
 * Takes at most `most` rows of any number, the same whatever their order: those whose hash is smallest, in the order of
 * their hashes, of equal rows one. Memory is that of twice as many rows.
 */
export function sampleRows(rows: Iterable<Row>, most: number): Sample {
  const kept = new Map<number, Row>();
  let limit = HASHES;
  let total = 0;
  const trim = (): void => {
    const hashes = Float64Array.from(kept.keys()).sort();
    limit = hashes[most] ?? HASHES;
    for (const hash of hashes.subarray(most)) kept.delete(hash);
  };
  for (const row of rows) {
    total++;
    const hash = hash53(textOf(row), 0x5a3);
    if (hash >= limit) continue;
    kept.set(hash, row);
    if (kept.size >= 2 * most) trim();
  }
  if (kept.size > most) trim();
  const chosen = [...kept].toSorted((a, b) => a[0] - b[0]).map(([, row]) => row);
  return { rows: chosen, total, distinct: Math.round(chosen.length / (limit / HASHES)) };
}
