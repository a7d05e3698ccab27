import { LockMode } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { notFound, wrongState } from '../../domain/errors.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { viewJob } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { startJob } from '../jobs/start-job.ts';

/**
 * Makes a job that brings in the rows of a plan as they were planned, whatever the source says by now, and has it
 * started. Throws `wrong_state` for a plan that has not completed, has been applied, or whose profile is gone.
 */
export async function applyPlan(deps: EngineDeps, actor: Actor, { id, profileId }: ImportJob): Promise<JobView> {
  const job = await deps.orm.em.fork().transactional(async (tx) => {
    // A profile that is being deleted is waited for, and is gone then.
    const profile = profileId
      ? await tx.findOne(ImportProfile, { id: profileId }, { lockMode: LockMode.PESSIMISTIC_READ })
      : null;
    const plan = await tx.findOne(ImportJob, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!plan) throw notFound('Import plan');
    const { status, options, mode, targets, tenantId } = plan;
    if (status !== 'completed') {
      throw wrongState(`Cannot apply an import plan that is ${status}.`, { action: 'apply', status });
    }
    if (!profile) throw wrongState('The import profile of this plan was deleted.', { action: 'apply' });
    const created = await insertJob(tx, {
      id: randomUUID(),
      tenantId,
      userId: actor.userId,
      kind: 'import',
      profileId: profile.id,
      parentJobId: plan.id,
      plan: { options: { ...options, plan: plan.number }, mode, targets },
    });
    const [applied]: { job_id: string }[] = await tx.execute(
      `with "new" as (
         insert into "import_plan_applications" ("plan_id", "job_id") values (?, ?) on conflict do nothing returning *
       )
       select "job_id" from "import_plan_applications" where "plan_id" = ? and not exists (select from "new")`,
      [plan.id, created.id, plan.id],
    );
    if (applied) {
      const details = { action: 'apply', jobId: applied.job_id };
      throw wrongState(`The import plan has been applied already, by the job ${applied.job_id}.`, details);
    }
    await audit(tx, actor, 'plan.applied', { type: 'import_job', id: plan.id }, { jobId: created.id });
    return created;
  });
  const started = await startJob(deps, job);
  return viewJob(deps.orm.em.fork(), deps.orchestrator, started);
}
