import type { Actor } from '../../domain/actor.ts';
import type { ModeConfig } from '../../domain/job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import {
  countRefusals,
  importsOfRecords,
  listGathered,
  refuseRetried,
} from '../../store/queries/ledger/bulk-selection.ts';
import type { EngineDeps } from '../deps.ts';
import { insertRetry, retryable } from '../jobs/retry-job.ts';
import type { RetryInput } from '../jobs/retry-job.ts';
import { gather } from './bulk-input.ts';
import type { BulkInput } from './bulk-input.ts';
import { mustBeFew, runJobs } from './bulk-jobs.ts';
import type { BulkReport } from './bulk-jobs.ts';

export interface RetryRecordsInput extends BulkInput, Pick<RetryInput, 'batchSize'> {
  readonly mode: Partial<Pick<ModeConfig, 'importMode' | 'skipDuplicates'>>;
}

/**
 * Tries failed rows again, one job for each import they are of. Throws `wrong_state` while one of these is being
 * retried already; then none of the jobs is made.
 */
export async function retryRecords(
  deps: EngineDeps,
  actor: Actor,
  input: RetryRecordsInput,
  signal: AbortSignal,
): Promise<BulkReport> {
  const { made, ...counts } = await deps.orm.em.fork().transactional(async (tx) => {
    const gathered = await gather(tx, actor, 'retry', input);
    const families = new Map<number, Awaited<ReturnType<typeof retryable>>>();
    const concerned = await importsOfRecords(tx);
    mustBeFew(concerned);
    for (const { jobNumber } of concerned) {
      const parent = await tx.findOneOrFail(ImportJob, { number: jobNumber });
      const family = await retryable(tx, parent);
      for (const number of family.numbers) families.set(number, family);
    }
    await refuseRetried(tx);
    const imports = await importsOfRecords(tx);
    const jobs: ImportJob[] = [];
    for (const { jobNumber } of imports) {
      const family = families.get(jobNumber);
      if (!family) throw new Error(`the attempts at the import of the job ${jobNumber} were not held`);
      const parent = await tx.findOneOrFail(ImportJob, { number: jobNumber });
      const job = await insertRetry(tx, actor, parent, { ...input, family, chosen: true });
      await listGathered(tx, job.number, family.numbers, false);
      jobs.push(job);
    }
    const accepted = imports.reduce((sum, { records }) => sum + records, 0);
    return { ...gathered, refusals: await countRefusals(tx), accepted, made: jobs };
  });
  return { ...counts, ...(await runJobs(deps, made, counts.accepted, signal)) };
}
