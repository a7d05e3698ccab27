import { filesOf, readTable } from '../src/sources/csv/table-reading.ts';
import { AppError } from '../src/domain/errors.ts';
import type { ActivityDeps } from './deps.ts';
import { sourceBatchRows } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { JobPart, Reading } from './job-source.ts';
import { MendedNumbers } from './mended-numbers.ts';
import { RepeatingRows } from './repeating-rows.ts';
import { fileOf, filePlanOf, mapperOf } from './file-plan.ts';
import type { FilePlan } from './file-plan.ts';

/** Reads a range of a job's file from a position on, converted and checked. */
export async function* readFileRange(
  deps: ActivityDeps,
  part: JobPart,
  claim: Reading,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const plan = rangePlanOf(part, claim);
  const [start = '0', line = '1'] = claim.rangeAfter ?? [];
  const range = { start: Number(start), end: Number(claim.rangeUpTo?.[0] ?? 0), line: Number(line) };
  const position = claim.position === null ? null : Number(claim.position.key[0]);
  const map = mapperOf(part, plan);
  const repeating = new RepeatingRows(deps, fileOf(part), plan);
  const mended = plan.mended ? new MendedNumbers(deps, plan.mended) : null;
  let from = position ?? range.start;
  let before = claim.rowBase + claim.rowsDone;
  const limits = { batchRows: sourceBatchRows(part.job.options.batchSize) };
  for await (const batch of readTable(deps.files.storage, plan, range, position, signal, limits)) {
    const faults = await repeating.joined(batch, before);
    const numbered = await mended?.of(batch, before, faults);
    yield {
      drafts: map(batch.rows, numbered?.faults ?? faults),
      position: { key: [String(batch.position)], ordinal: 1 },
      size: batch.position - from,
      ...(numbered && { rowNumbers: numbered.rowNumbers }),
    };
    from = batch.position;
    before += batch.rows.length;
  }
}

/** Of the files that a job reads, the one that its ranges are of: a retry goes on in the import's own. */
function rangePlanOf(part: JobPart, { jobNumber }: Pick<Reading, 'jobNumber'>): FilePlan {
  const files = filesOf(filePlanOf(part));
  const first = files[0];
  const own = first?.mended?.placedBy === jobNumber ? first : files.at(-1);
  if (!own) throw new AppError('internal', `The job ${part.job.id} has no plan.`);
  return own;
}
