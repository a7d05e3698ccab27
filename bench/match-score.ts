import type { MatchRun } from './match-run.ts';

/** How right a run was, all from 0 to 1. */
export interface MatchScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

const idOf = ([a, b]: readonly [number, number]): number => a * 2 ** 26 + b;

/** Pairs found against true pairs. */
export function scoreOf({ set, found }: MatchRun): MatchScore {
  const truth = new Set(set.truth.map(idOf));
  const right = found.filter((pair) => truth.has(idOf(pair))).length;
  const precision = found.length === 0 ? 0 : right / found.length;
  const recall = truth.size === 0 ? 0 : right / truth.size;
  return { precision, recall, f1: right === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Of the pairs whose said probability lies in a range: how many, what was said on average, and how many were right. */
export interface CalibrationRow {
  readonly from: number;
  readonly to: number;
  pairs: number;
  said: number;
  right: number;
}

const EDGES = [0.01, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1] as const;

/** Whether what is said to be 90 % likely is right nine times in ten, over all compared pairs of some runs. */
export function calibration(runs: readonly MatchRun[]): CalibrationRow[] {
  const rows = EDGES.slice(1).map((to, at): CalibrationRow => ({
    from: EDGES[at] ?? 0,
    to,
    pairs: 0,
    said: 0,
    right: 0,
  }));
  for (const { set, scored } of runs) {
    const truth = new Set(set.truth.map(idOf));
    for (const { a, b, bits } of scored) {
      const probability = 1 / (1 + 2 ** -bits);
      const row = rows.find(({ from, to }) => probability >= from && (probability < to || to === 1));
      if (row === undefined) continue;
      row.pairs++;
      row.said += probability;
      if (truth.has(idOf([a, b]))) row.right++;
    }
  }
  return rows;
}

/** The expected calibration error: how far what is said lies from what is right, on average over the pairs, 0 to 1. */
export function calibrationError(rows: readonly CalibrationRow[]): number {
  const pairs = rows.reduce((sum, row) => sum + row.pairs, 0);
  return rows.reduce((sum, row) => sum + Math.abs(row.said - row.right), 0) / Math.max(1, pairs);
}
