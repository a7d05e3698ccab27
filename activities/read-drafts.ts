import { compileMapping } from '../src/rows/mapping.ts';
import { streamRows } from '../src/sources/postgres/reading/rows.ts';
import { joinBatches, sourceBatchRows } from './chunks.ts';
import type { ChunkLimits, DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import { openJobSource, queryOf } from './job-source.ts';
import type { JobPart, Reading } from './job-source.ts';
import { readListedFileRows } from './listed-file-rows.ts';
import { readFileRange } from './read-file.ts';
import { readListedRows } from './listed-rows.ts';
import { readPlannedRows } from './planned-rows.ts';

/** A source that gives no row for so long is taken for dead and read anew. */
const STALL_MS = 30_000;

interface ReadOptions {
  readonly identifierField: string;
  readonly limits: ChunkLimits;
  readonly signal: AbortSignal;
}

/** Reads a range of a source, of a plan, or the rows on a retry's list, from a position on, mapped and in chunks. */
export function readChunks(
  deps: ActivityDeps,
  part: JobPart,
  reading: Reading,
  { identifierField, limits, signal }: ReadOptions,
): AsyncGenerator<DraftBatch, void, undefined> {
  if (part.job.options.plan && !reading.listed) return readPlannedRows(deps, part.job.options.plan, reading);
  if (part.target.file) {
    if (reading.listed) return readListedFileRows(deps, part, reading, signal);
    return joinBatches(readFileRange(deps, part, reading, signal), limits);
  }
  if (reading.listed) return readListedRows(deps, part, reading, { identifierField, stallMs: STALL_MS, signal });
  return joinBatches(readRange(deps, part, identifierField, reading, signal), limits);
}

async function* readRange(
  deps: ActivityDeps,
  { job, target }: JobPart,
  identifierField: string,
  claim: Reading,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const query = queryOf({ job, target });
  const limit = query.limit === null ? null : query.limit - claim.rowsDone;
  if (limit !== null && limit <= 0) return;
  await using session = await openJobSource(deps, job, signal);
  let map: ReturnType<typeof compileMapping> | null = null;
  for await (const { rows, position, columns } of streamRows(session, query, {
    range: { after: claim.rangeAfter, upTo: claim.rangeUpTo },
    position: claim.position,
    limit,
    batchSize: sourceBatchRows(job.options.batchSize),
    stallMs: STALL_MS,
    signal,
  })) {
    map ??= compileMapping(
      target.spec,
      columns.map(({ target: field, family }) => ({ field, family })),
      identifierField,
    );
    yield { position, size: rows.bytes.length, drafts: map(rows) };
  }
}
