import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { CHANGE_ACTIONS } from '../../domain/plan.ts';
import type { ChangeAction, PlanSummary } from '../../domain/plan.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { applicationOf, changeCounts, plannedChanges } from '../../store/plans/plan-changes.ts';
import type { EngineDeps } from '../deps.ts';
import { checkJob, createJob } from '../jobs/create-job.ts';
import type { Page } from '../jobs/find-jobs.ts';
import type { CreateJobInput } from '../jobs/job-input.ts';
import { viewJob } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { applyPlan } from './apply-plan.ts';
import { changeOf } from './change.ts';
import type { Change } from './change.ts';
import { deletePlan } from './delete-plan.ts';

/** A plan, how far it is and what it has come to. */
export interface PlanView extends JobView {
  readonly summary: PlanSummary;
  /** The job that applied it, or applies it now. */
  readonly appliedBy: string | null;
}

export interface ChangeFilter {
  readonly targetType?: string | undefined;
  readonly action?: ChangeAction | undefined;
}

/** Imports that are found out in full before any of it is done. */
export function createPlans(deps: EngineDeps) {
  const viewPlan = async (em: EntityManager, view: JobView): Promise<PlanView> => {
    const counts = await changeCounts(em, view.job.number);
    const sum = (action: ChangeAction): number => counts.reduce((all, count) => all + count[action], 0);
    const application = await applicationOf(em, view.job.id);
    const summary = {
      create: sum('create'),
      update: sum('update'),
      skip: sum('skip'),
      fail: sum('fail'),
      review: sum('review'),
      drifted: application?.drifted ?? 0,
    };
    return { ...view, summary, appliedBy: application?.jobId ?? null };
  };
  const get = async (actor: Actor, planId: string): Promise<PlanView> => {
    const em = deps.orm.em.fork();
    return viewPlan(em, await viewJob(em, deps.orchestrator, await visiblePlan(em, actor, planId)));
  };
  return {
    /** Makes a plan of a profile's queries and has it begun; see `createJob`. */
    create: async (actor: Actor, input: CreateJobInput): Promise<PlanView> =>
      viewPlan(deps.orm.em.fork(), await createJob(deps, actor, { ...input, kind: 'plan' })),
    check: (actor: Actor, input: CreateJobInput) => checkJob(deps, actor, { ...input, kind: 'plan' }),
    get,
    /** What would become of each row, type by type in the order of the source. */
    async changes(
      actor: Actor,
      planId: string,
      filter: ChangeFilter & Page,
    ): Promise<{ rows: Change[]; total: number }> {
      const em = deps.orm.em.fork();
      const job = await visiblePlan(em, actor, planId);
      const { action = null, targetType, page, perPage } = filter;
      const isWanted = (ordinal: number): boolean =>
        targetType === undefined || job.targets.some((one) => one.ordinal === ordinal && one.spec.type === targetType);
      const counts = (await changeCounts(em, job.number)).filter(({ targetOrdinal }) => isWanted(targetOrdinal));
      const actions: readonly ChangeAction[] = action ? [action] : CHANGE_ACTIONS;
      const rows: Change[] = [];
      let offset = (page - 1) * perPage;
      let total = 0;
      for (const { targetOrdinal, ...counted } of counts) {
        const count = actions.reduce((sum, one) => sum + counted[one], 0);
        const limit = Math.min(count - offset, perPage - rows.length);
        if (limit > 0) {
          const found = await plannedChanges(em, { planNumber: job.number, targetOrdinal, action, offset, limit });
          rows.push(...found.map((row) => changeOf(job, row)));
        }
        offset = Math.max(0, offset - count);
        total += count;
      }
      return { rows, total };
    },
    /** Makes a job that brings in what was planned; see `applyPlan`. */
    async apply(actor: Actor, planId: string): Promise<JobView> {
      const plan = await visiblePlan(deps.orm.em.fork(), actor, planId);
      return applyPlan(deps, actor, plan);
    },
    /** Removes a plan and all that was written for it; a job that applied it stays. */
    async delete(actor: Actor, planId: string): Promise<void> {
      const plan = await visiblePlan(deps.orm.em.fork(), actor, planId);
      await deletePlan(deps, actor, plan);
    },
  };
}

export type Plans = ReturnType<typeof createPlans>;

async function visiblePlan(em: EntityManager, actor: Actor, planId: string): Promise<ImportJob> {
  requirePermission(actor, 'system.import');
  const job = isUuid(planId) ? await em.findOne(ImportJob, { id: planId, kind: 'plan' }) : null;
  const foreign = job?.tenantId !== actor.tenantId || (seesOwnJobsOnly(actor) && job.createdById !== actor.userId);
  if (!job || foreign) throw notFound('Import plan');
  return job;
}
