import type { Draft } from '../src/rows/candidate.ts';
import type { StoredPosition } from '../src/store/entities/import-partition.ts';

/** Rows of a source, mapped, and the position after the last of them. */
export interface DraftBatch {
  readonly drafts: readonly Draft[];
  readonly position: StoredPosition;
}

/**
 * Rows a source is asked for at once so that whole numbers of them make chunks of at most `chunkRows`, exactly that many
 * where it divides.
 */
export function sourceBatchRows(chunkRows: number, atMost = 1_000): number {
  return Math.max(1, Math.floor(chunkRows / Math.ceil(chunkRows / atMost)));
}

/** Joins batches into chunks of at most `chunkRows`; only the last may hold fewer than fit. */
export async function* joinBatches(
  batches: AsyncIterable<DraftBatch>,
  chunkRows: number,
): AsyncGenerator<DraftBatch, void, undefined> {
  let drafts: Draft[] = [];
  let position: StoredPosition | null = null;
  for await (const batch of batches) {
    if (position !== null && drafts.length + batch.drafts.length > chunkRows) {
      yield { drafts, position };
      drafts = [];
    }
    for (const draft of batch.drafts) drafts.push(draft);
    position = batch.position;
  }
  if (position !== null && drafts.length > 0) yield { drafts, position };
}
