import type { PlannedOutcome } from '../src/domain/plan.ts';
import type { Draft } from '../src/rows/candidate.ts';
import type { StoredPosition } from '../src/store/entities/import-partition.ts';

/** Rows of a source, mapped, and the position after the last of them. */
export interface DraftBatch {
  readonly drafts: readonly Draft[];
  readonly position: StoredPosition;
  /** Bytes the source sent for them. */
  readonly size: number;
  /** The rows' numbers, where they have them from an earlier attempt; either all batches of a partition say so or none. */
  readonly rowNumbers?: readonly number[];
  /** What was planned for each, where they come from a plan. */
  readonly planned?: readonly PlannedOutcome[];
  /** No other batch has rows that lie in the same memory. */
  readonly isAlone?: boolean;
}

/** Where a chunk ends: at so many rows, or earlier at so many bytes, which bounds what a process holds. */
export interface ChunkLimits {
  readonly rows: number;
  readonly size: number;
}

/** A chunk and the next one, for each partition that is read: a few of these is what a worker needs memory for. */
export const MAX_CHUNK_SIZE = 8 * 1024 * 1024;

/**
 * Rows a source is asked for at once so that whole numbers of them make chunks of at most `chunkRows`, exactly that many
 * where it divides.
 */
export function sourceBatchRows(chunkRows: number, atMost = 1_000): number {
  return Math.max(1, Math.floor(chunkRows / Math.ceil(chunkRows / atMost)));
}

/** Joins batches into chunks within the limits; a batch that is larger than they allow is a chunk of its own. */
export async function* joinBatches(
  batches: AsyncIterable<DraftBatch> | Iterable<DraftBatch>,
  limits: ChunkLimits,
): AsyncGenerator<DraftBatch, void, undefined> {
  let drafts: Draft[] = [];
  let rowNumbers: number[] = [];
  let size = 0;
  let position: StoredPosition | null = null;
  for await (const batch of batches) {
    const full = drafts.length + batch.drafts.length > limits.rows || size + batch.size > limits.size;
    if (position !== null && full) {
      yield chunkOf(drafts, rowNumbers, position, size);
      [drafts, rowNumbers, size] = [[], [], 0];
    }
    for (const draft of batch.drafts) drafts.push(draft);
    for (const number of batch.rowNumbers ?? []) rowNumbers.push(number);
    size += batch.size;
    position = batch.position;
  }
  if (position !== null && drafts.length > 0) yield chunkOf(drafts, rowNumbers, position, size);
}

function chunkOf(
  drafts: readonly Draft[],
  rowNumbers: readonly number[],
  position: StoredPosition,
  size: number,
): DraftBatch {
  return { drafts, position, size, isAlone: true, ...(rowNumbers.length === 0 ? {} : { rowNumbers }) };
}
