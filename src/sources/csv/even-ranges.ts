import { CSV_LIMITS } from './csv-format.ts';

/** Ranges that are read side by side: their number is a multiple of it, so that none is left to be read alone. */
const TOGETHER = 4;
/** What is not worth being read apart. */
const LEAST_BYTES = 4_000_000;

/** Bytes of a range, so that a file of so many is divided into ranges of one size: few, and none too large. */
export function evenRangeBytes(size: number): number {
  const rounds = Math.ceil(size / (CSV_LIMITS.rangeBytes * TOGETHER));
  const ranges = Math.min(rounds * TOGETHER, Math.floor(size / LEAST_BYTES));
  return Math.ceil(size / Math.max(1, ranges));
}
