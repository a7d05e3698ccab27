import { LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { UNDOABLE_ACTIONS } from '../../domain/rollback.ts';
import type { RollbackOptions, UndoCounts } from '../../domain/rollback.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import {
  auditGathered,
  countRefusals,
  listUndoable,
  markGathered,
  undoableJobs,
} from '../../store/queries/ledger/bulk-selection.ts';
import { undoCounts } from '../../store/queries/jobs/rollbacks.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertRollback, mustBeUndoable } from '../rollbacks/create-rollback.ts';
import { gather } from './bulk-input.ts';
import type { BulkInput } from './bulk-input.ts';
import { mustBeFew, runJobs } from './bulk-jobs.ts';
import type { BulkReport } from './bulk-jobs.ts';
import { named } from './reject-records.ts';

export interface DeleteRecordsInput extends BulkInput {
  /** What the rows made and changed in the target is undone; otherwise it stays. */
  readonly rollbackTargetRecords: boolean;
  readonly preserveRelationships: boolean;
  /** Each record gets an entry in the audit log, besides the one of the request. */
  readonly auditEach: boolean;
}

/** What became of records that were to be deleted. */
export interface DeletionReport extends BulkReport {
  /** Of those that had something to undo, as far as they have been dealt with. */
  readonly outcomes: UndoCounts;
  /** Those that had nothing to undo, or whose target was to stay. */
  readonly marked: number;
}

/**
 * Deletes records of the ledger, which forgets nothing: they stay as history, marked as deleted, with their outcome.
 * What they did to the target is undone by jobs, one for each job whose records they are; a record whose target is kept
 * is not marked. Throws `conflict` while one of these jobs is being rolled back.
 */
export async function deleteRecords(
  deps: EngineDeps,
  actor: Actor,
  input: DeleteRecordsInput,
  signal: AbortSignal,
): Promise<DeletionReport> {
  const { made, undoable, ...counts } = await deps.orm.em.fork().transactional(async (tx) => {
    const gathered = await gather(tx, actor, 'delete', input);
    const jobs: ImportJob[] = [];
    const undone = input.rollbackTargetRecords ? await undoableJobs(tx) : [];
    mustBeFew(undone);
    const options: RollbackOptions = {
      targetActions: UNDOABLE_ACTIONS,
      preserveRelationships: input.preserveRelationships,
      dryRun: false,
      chosen: true,
      auditRows: input.auditEach,
    };
    for (const { jobNumber } of undone) {
      const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const job = await tx.findOneOrFail(ImportJob, { number: jobNumber }, lock);
      await mustBeUndoable(tx, job, options);
      const rollback = await insertRollback(tx, actor, job, options, job.options.batchSize);
      await listUndoable(tx, rollback.number, jobNumber);
      jobs.push(rollback);
    }
    const which = input.rollbackTargetRecords ? 'nothing to undo' : 'all';
    if (input.auditEach) await auditGathered(tx, actor, which);
    const marked = await markGathered(tx, which);
    const toUndo = undone.reduce((sum, { records }) => sum + records, 0);
    const accepted = marked + toUndo;
    const facts = { records: accepted, rollbackJobIds: jobs.map(({ id }) => id), ...named(input) };
    if (accepted > 0) await audit(tx, actor, 'records.delete', { type: 'tenant', id: actor.tenantId }, facts);
    return { ...gathered, refusals: await countRefusals(tx), accepted, marked, made: jobs, undoable: toUndo };
  });
  const ran = await runJobs(deps, made, undoable, signal);
  const outcomes = await undoCounts(
    deps.orm.em,
    made.map(({ id }) => id),
  );
  return { ...counts, ...ran, outcomes };
}
