import type { Draft } from '../src/rows/candidate.ts';
import { readChosenRows } from '../src/sources/csv/chosen-rows.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { nextListedRows } from '../src/store/queries/retries/retry-rows.ts';
import { rowPages } from '../src/store/queries/ledger/row-pages.ts';
import { locateRows } from '../src/store/queries/retries/mended-rows.ts';
import { filesOf, rowsOf } from '../src/sources/csv/table-reading.ts';
import { MAX_CHUNK_SIZE } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { fileOf, filePlanOf, mapperOf } from './file-plan.ts';
import type { FilePlan } from './file-plan.ts';
import { RepeatingRows } from './repeating-rows.ts';

/** Numbers of rows that are looked up at once. */
const PAGE = 10_000;

/** Of rows that lie in several files; a page is read from all of them before it is a chunk. */
const SCATTERED_PAGE = 1_000;

type ListClaim = Pick<PartitionClaim, 'jobNumber' | 'targetOrdinal' | 'position'>;

/** A row that is wanted, by its place in a file, and its number. */
interface WantedRow {
  readonly rowNumber: number;
  readonly number: number;
}

interface ReadRow {
  readonly number: number;
  readonly draft: Draft;
  readonly size: number;
}

/** Reads the rows on a retry's list once more, by their numbers: each from the newest file that has it. */
export function readListedFileRows(
  deps: ActivityDeps,
  part: JobPart,
  claim: ListClaim,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const plan = filePlanOf(part);
  return plan.mended ? readScattered(deps, part, plan, claim, signal) : readTogether(deps, part, plan, claim, signal);
}

async function* readTogether(
  deps: ActivityDeps,
  part: JobPart,
  plan: FilePlan,
  claim: ListClaim,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  let chunk: ReadRow[] = [];
  let size = 0;
  for await (const rows of readRows(deps, part, plan, listedRows(deps, claim), signal)) {
    for (const row of rows) {
      chunk.push(row);
      size += row.size;
    }
    if (chunk.length < part.job.options.batchSize && size < MAX_CHUNK_SIZE) continue;
    yield batchOf(chunk);
    [chunk, size] = [[], 0];
  }
  if (chunk.length > 0) yield batchOf(chunk);
}

async function* readScattered(
  deps: ActivityDeps,
  part: JobPart,
  plan: FilePlan,
  { jobNumber, targetOrdinal, position }: ListClaim,
  signal: AbortSignal,
): AsyncGenerator<DraftBatch, void, undefined> {
  const files = filesOf(plan);
  const limit = Math.min(SCATTERED_PAGE, part.job.options.batchSize);
  let after = Number(position?.key[0] ?? 0);
  for (;;) {
    const em = deps.orm.em.fork();
    const listed = await nextListedRows(em, { jobNumber, targetOrdinal, after, limit });
    const last = listed.at(-1);
    if (last === undefined) return;
    const located = await locateRows(
      em,
      files.map((file) => ({ mended: file.mended ?? null, rows: rowsOf(file) })),
      listed.map(({ rowNumber }) => rowNumber),
    );
    const read: ReadRow[] = [];
    for (const [index, places] of located.entries()) {
      const file = files[index];
      if (!file) continue;
      for await (const rows of readRows(deps, part, file, each(places), signal)) read.push(...rows);
    }
    after = last.rowNumber;
    yield batchOf(read.toSorted((a, b) => a.number - b.number));
  }
}

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row, void, undefined> {
  yield* rows;
}

async function* listedRows(
  { orm }: ActivityDeps,
  { jobNumber, targetOrdinal, position }: ListClaim,
): AsyncGenerator<WantedRow, void, undefined> {
  const pages = rowPages(Number(position?.key[0] ?? 0), (after) =>
    nextListedRows(orm.em.fork(), { jobNumber, targetOrdinal, after, limit: PAGE }),
  );
  for await (const { rowNumber } of pages) yield { rowNumber, number: rowNumber };
}

async function* readRows(
  deps: ActivityDeps,
  part: JobPart,
  file: FilePlan,
  wanted: AsyncGenerator<WantedRow, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<ReadRow[], void, undefined> {
  const map = mapperOf(part, file);
  const repeating = new RepeatingRows(deps, fileOf(part), file);
  for await (const { batch, chosen } of readChosenRows(deps.files.storage, file, wanted, signal)) {
    const [first] = chosen;
    if (first === undefined) continue;
    const mapped = map(batch.rows, await repeating.joined(batch, first.row.rowNumber - first.at - 1));
    yield chosen.map(({ row, at }) => {
      const draft = mapped[at];
      if (!draft) throw new Error(`the batch has no row ${row.rowNumber}`);
      return { number: row.number, draft, size: draft.end - draft.start };
    });
  }
}

function batchOf(rows: readonly ReadRow[]): DraftBatch {
  const rowNumbers = rows.map(({ number }) => number);
  return {
    drafts: rows.map(({ draft }) => draft),
    rowNumbers,
    position: { key: [String(rowNumbers.at(-1) ?? 0)], ordinal: 1 },
    size: rows.reduce((sum, { size }) => sum + size, 0),
  };
}
