import type { Draft } from '../src/rows/candidate.ts';
import { readChosenRows } from '../src/sources/csv/chosen-rows.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { nextListedRows } from '../src/store/queries/retry-rows.ts';
import { rowPages } from '../src/store/queries/row-pages.ts';
import { MAX_CHUNK_SIZE } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { filePlanOf, mapperOf } from './read-file.ts';

/** Numbers of rows that are looked up at once. */
const PAGE = 10_000;

/** Reads the rows on a retry's list from the file once more, by their numbers. */
export async function* readListedFileRows(
  deps: ActivityDeps,
  part: JobPart,
  { jobNumber, targetOrdinal, position }: Pick<PartitionClaim, 'jobNumber' | 'targetOrdinal' | 'position'>,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const map = mapperOf(part);
  const listed = rowPages(Number(position?.key[0] ?? 0), (after) =>
    nextListedRows(deps.orm.em.fork(), { jobNumber, targetOrdinal, after, limit: PAGE }),
  );
  let drafts: Draft[] = [];
  let rowNumbers: number[] = [];
  let size = 0;
  const chunk = (): DraftBatch => ({
    drafts,
    rowNumbers,
    position: { key: [String(rowNumbers.at(-1) ?? 0)], ordinal: 1 },
    size,
  });
  for await (const { batch, chosen } of readChosenRows(deps.files.storage, filePlanOf(part), listed, signal)) {
    const mapped = map(batch.rows, batch.issues);
    for (const { row, at } of chosen) {
      const draft = mapped[at];
      if (!draft) throw new Error(`the batch has no row ${row.rowNumber}`);
      drafts.push(draft);
      rowNumbers.push(row.rowNumber);
      size += draft.end - draft.start;
    }
    if (drafts.length < part.job.options.batchSize && size < MAX_CHUNK_SIZE) continue;
    yield chunk();
    [drafts, rowNumbers, size] = [[], [], 0];
  }
  if (drafts.length > 0) yield chunk();
}
