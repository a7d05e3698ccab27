/** Facts of the ledger, by outcome: `processed` is always the sum of created, updated, skipped and failed. */
export interface Counters {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  /** Rows that matched a record other than by their own identity; each is counted in its outcome too. */
  readonly duplicates: number;
}

export const NO_ROWS: Counters = { created: 0, updated: 0, skipped: 0, failed: 0, duplicates: 0 };

export function addCounters(a: Counters, b: Counters): Counters {
  return {
    created: a.created + b.created,
    updated: a.updated + b.updated,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
    duplicates: a.duplicates + b.duplicates,
  };
}

/** Source rows that have an outcome. */
export function processed(counters: Counters): number {
  return counters.created + counters.updated + counters.skipped + counters.failed;
}

/** Whether every row that was read has failed. */
export function tookNothing(counters: Counters): boolean {
  const rows = processed(counters);
  return rows > 0 && counters.failed === rows;
}

/** What is wrong with an import that has come to its end and taken no row, where that counts as failed. */
export const NOTHING_TAKEN = {
  code: 'no_row_taken',
  message: 'No row of the file could be taken; its issues say why.',
} as const;

/**
 * Whole percent of a total, 0 to 100; 100 only when all of it is done or there was nothing to do.
 * A running job never shows 100.
 */
export function percentage(done: number, total: number | null, final: boolean): number {
  if (final) return 100;
  if (total === null || total <= 0) return 0;
  return Math.min(99, Math.floor((done / total) * 100));
}

/** When the rest will be done if the pace so far holds; null while nothing can be said. */
export function estimateCompletion(startedAt: Date, now: Date, done: number, total: number | null): Date | null {
  if (total === null || done <= 0 || done >= total) return null;
  const elapsed = now.getTime() - startedAt.getTime();
  return new Date(now.getTime() + (elapsed / done) * (total - done));
}
