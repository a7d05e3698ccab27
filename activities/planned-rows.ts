import { AppError } from '../src/domain/errors.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { planIsThere } from '../src/store/plans/application.ts';
import { nextPlannedChunk } from '../src/store/plans/planned-rows.ts';
import type { DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';

/** The rows of a plan as they were planned, in the chunks in which they were. */
export async function* readPlannedRows(
  { orm }: Pick<ActivityDeps, 'orm'>,
  planNumber: number,
  { targetOrdinal, position }: Pick<PartitionClaim, 'targetOrdinal' | 'position'>,
): AsyncGenerator<DraftBatch, void, undefined> {
  let after = Number(position?.key[0] ?? 0);
  for (;;) {
    const chunk = await nextPlannedChunk(orm.em.fork(), { planNumber, targetOrdinal, after });
    if (chunk === null) break;
    const { lastRow, ...rows } = chunk;
    after = lastRow;
    yield { ...rows, position: { key: [String(lastRow)], ordinal: 1 } };
  }
  if (!(await planIsThere(orm.em.fork(), planNumber))) throw new AppError('not_found', 'The import plan was deleted.');
}
