import type { Actor } from '../../domain/actor.ts';
import type { Approval } from '../../domain/review.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import {
  countApproved,
  countRefusals,
  importsOfRecords,
  listGathered,
} from '../../store/queries/ledger/bulk-selection.ts';
import type { EngineDeps } from '../deps.ts';
import { holdFamily, insertRetry, mustHaveSource } from '../jobs/retry-job.ts';
import { gather } from './bulk-input.ts';
import type { BulkInput } from './bulk-input.ts';
import { mustBeFew, runJobs } from './bulk-jobs.ts';
import type { BulkReport } from './bulk-jobs.ts';

/** What became of records that were to be approved. */
export interface ApprovalReport extends BulkReport {
  /** Records that are in the target now because of it. */
  readonly approved: number;
}

/**
 * Lets in rows that an import skipped or held for a person: jobs read them from the source again and create or merge
 * them, as the approval says. A row that is no longer what was looked at goes on waiting.
 */
export async function approveRecords(
  deps: EngineDeps,
  actor: Actor,
  input: BulkInput & { readonly approval: Approval },
  signal: AbortSignal,
): Promise<ApprovalReport> {
  const { made, ...counts } = await deps.orm.em.fork().transactional(async (tx) => {
    const gathered = await gather(tx, actor, 'approve', input);
    const refusals = await countRefusals(tx);
    const imports = await importsOfRecords(tx);
    mustBeFew(imports);
    const jobs: ImportJob[] = [];
    for (const { jobNumber } of imports) {
      const parent = await tx.findOneOrFail(ImportJob, { number: jobNumber });
      mustHaveSource(parent);
      const family = await holdFamily(tx, jobNumber);
      // The decision is made: nothing is matched again.
      const duplicateDetection = { ...parent.mode.duplicateDetection, enabled: false };
      const job = await insertRetry(tx, actor, parent, {
        family,
        chosen: true,
        decision: input.approval,
        mode: { duplicateDetection },
      });
      await listGathered(tx, job.number, family.numbers, true);
      jobs.push(job);
    }
    const accepted = imports.reduce((sum, { records }) => sum + records, 0);
    return { ...gathered, refusals, accepted, made: jobs };
  });
  const ran = await runJobs(deps, made, counts.accepted, signal);
  const approved = await countApproved(
    deps.orm.em.fork(),
    made.map(({ number }) => number),
  );
  return { ...counts, ...ran, approved };
}
