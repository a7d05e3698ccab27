import type { Actor } from '../../domain/actor.ts';
import { NO_ROWS } from '../../domain/counters.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import type { RollbackOptions, UndoCounts, UndoOutcome } from '../../domain/rollback.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { sumCounters } from '../../store/queries/jobs/partitions.ts';
import { importBehind, undoCounts, undoneRows } from '../../store/queries/jobs/rollbacks.ts';
import type { UndoneRow } from '../../store/queries/jobs/rollbacks.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewJob } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { createRollback } from './create-rollback.ts';
import type { CreatedRollback, CreateRollbackInput } from './create-rollback.ts';

/** A rollback and how far it is. */
export interface RollbackView extends JobView {
  readonly options: RollbackOptions;
  readonly outcomes: UndoCounts;
  /** Rows of the job it undoes that had changed nothing, and so need nothing. */
  readonly untouched: number;
}

/** What a rollback made of rows, with what they are shown under. */
export interface UndoneRows {
  readonly rollback: RollbackView;
  /** The number of the import whose rows these are. */
  readonly importNumber: number;
  readonly rows: readonly UndoneRow[];
  readonly total: number;
}

/** Undoing jobs. All of it needs `system.import`. */
export interface Rollbacks {
  /** See `createRollback`. */
  create(actor: Actor, jobId: string, input: CreateRollbackInput): Promise<CreatedRollback>;
  /** A rollback the actor may see; `not_found` also for a job of another kind. */
  get(actor: Actor, rollbackId: string): Promise<RollbackView>;
  /** What became of each row, in source order. */
  rows(actor: Actor, rollbackId: string, filter: { outcome: UndoOutcome | null } & Page): Promise<UndoneRows>;
}

export function createRollbacks(deps: EngineDeps): Rollbacks {
  const get = async (actor: Actor, rollbackId: string): Promise<RollbackView> => {
    requirePermission(actor, 'system.import');
    const em = deps.orm.em.fork();
    const job = isUuid(rollbackId) ? await em.findOne(ImportJob, { id: rollbackId, kind: 'rollback' }) : null;
    const foreign = job?.tenantId !== actor.tenantId || (seesOwnJobsOnly(actor) && job.createdById !== actor.userId);
    if (!job?.rollback || foreign) throw notFound('Rollback job');
    const view = await viewJob(em, deps.orchestrator, job);
    const counters = job.parentJobId ? await sumCounters(em, job.parentJobId) : NO_ROWS;
    const outcomes = await undoCounts(em, [job.id]);
    const untouched = job.rollback.chosen === true ? 0 : counters.skipped + counters.failed;
    return { ...view, options: job.rollback, outcomes, untouched };
  };
  return {
    get,
    create: (actor, jobId, input) => createRollback(deps, actor, jobId, input),
    async rows(actor, rollbackId, { outcome, page, perPage }) {
      const rollback = await get(actor, rollbackId);
      const { undone, original } = await importBehind(deps.orm.em, rollback.job);
      const numbers = { rollback: rollback.job.number, undone: undone.number, original: original.number };
      const rows = await undoneRows(deps.orm.em, numbers, outcome, { limit: perPage, offset: (page - 1) * perPage });
      const { outcomes } = rollback;
      const total =
        outcome === null ? Object.values(outcomes).reduce((sum, count) => sum + count, 0) : outcomes[outcome];
      return { rollback, importNumber: original.number, rows, total };
    },
  };
}
