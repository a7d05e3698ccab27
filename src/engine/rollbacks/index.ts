import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { RollbackOptions, UndoCounts, UndoOutcome } from '../../domain/rollback.ts';
import { importBehind, undoCounts, undoneRows } from '../../store/queries/rollbacks.ts';
import type { UndoneRow } from '../../store/queries/rollbacks.ts';
import type { EngineDeps } from '../deps.ts';
import { getJob } from '../jobs/find-jobs.ts';
import type { Page } from '../jobs/find-jobs.ts';
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
    const view = await getJob(deps, actor, rollbackId);
    const { job } = view;
    if (job.kind !== 'rollback' || !job.rollback || !job.parentJobId) throw notFound('Rollback job');
    const { counters } = await getJob(deps, actor, job.parentJobId);
    const outcomes = await undoCounts(deps.orm.em, job.id);
    return { ...view, options: job.rollback, outcomes, untouched: counters.skipped + counters.failed };
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
