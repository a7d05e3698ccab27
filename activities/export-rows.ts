import { EXPORTS } from '../src/domain/directory-job.ts';
import { AppError } from '../src/domain/errors.ts';
import type { RowBlock } from '../src/domain/row-block.ts';
import { ByteWriter } from '../src/rows/byte-writer.ts';
import { writeCsv } from '../src/rows/csv-block.ts';
import { csvLine } from '../src/rows/csv-line.ts';
import { commitExport, commitExported } from '../src/store/commit/export-progress.ts';
import { beginAttempt } from '../src/store/queries/jobs/directory-jobs.ts';
import { compileExport } from '../src/vql/compile-export.ts';
import type { CompiledExport } from '../src/vql/compile-export.ts';
import type { ActivityDeps } from './deps.ts';
import { failureOf } from './directory-attempt.ts';
import { partitionActivity } from './partition-run.ts';
import type { PartitionRun } from './partition-run.ts';
import { exportOf, queryOf } from './plan-export.ts';
import { streamRows } from './stream-rows.ts';

/** How often it is written down how far an export is. */
const PROGRESS_MS = 1_000;

/**
 * Writes the rows of a query to a CSV file in storage, where it is whole or not at all. An attempt that follows another
 * begins anew, with a file of its own: the rows are those of one moment. `stopped` says that the job was paused or ended
 * in the store before that.
 */
export function createExportRows(deps: ActivityDeps) {
  return partitionActivity(
    deps,
    (run) => exportRows(deps, run),
    (claim, error) => failureOf(deps, claim.jobId, error),
  );
}

async function exportRows(deps: ActivityDeps, run: PartitionRun): Promise<void> {
  const { claim, part, pulse } = run;
  const { storage } = deps.files;
  await beginAttempt(deps.orm.em.fork(), claim.jobId);
  const query = queryOf(await exportOf(deps, claim.jobId));
  const compiled = compileExport(query, part.job.tenantId);
  const pool = await deps.orm.em.getConnection().getNativeClient();
  let rows = 0;
  let toldAt = performance.now();
  await commitExported(run, 0);
  const told = async function* (): AsyncGenerator<RowBlock, void, undefined> {
    for await (const block of streamRows(pool, compiled.statement, pulse.signal)) {
      yield block;
      rows += block.length;
      if (performance.now() - toldAt < PROGRESS_MS) continue;
      await commitExported(run, rows);
      toldAt = performance.now();
      pulse.beat({ rows });
    }
  };
  // The fence tells attempts apart: one that wakes up late neither overwrites nor removes another's file.
  const key = `${EXPORTS}${claim.jobId}/${claim.fence}.csv`;
  const stored = await storage.put(key, csvOf(compiled, told()), { signal: pulse.signal });
  try {
    await commitExport(run, { key, rows, ...stored });
  } catch (error) {
    // Refused, the job does not have the file. Of a connection that broke nobody knows: then the sweep finds out.
    if (error instanceof AppError) await storage.remove(key);
    throw error;
  }
  for await (const earlier of storage.list(`${EXPORTS}${claim.jobId}/`)) {
    if (earlier.key !== key) await storage.remove(earlier.key);
  }
}

/** The bytes of a CSV file with a header; nothing in it runs in a spreadsheet. */
async function* csvOf(
  { columns }: CompiledExport,
  blocks: AsyncIterable<RowBlock>,
): AsyncGenerator<Buffer, void, undefined> {
  yield Buffer.from(csvLine(columns.map(({ name }) => name)));
  const free = columns.map((column) => column.free);
  const writer = new ByteWriter();
  for await (const block of blocks) {
    writeCsv(writer, block, free);
    yield writer.take();
  }
}
