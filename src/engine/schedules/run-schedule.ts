import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError, mistakesOf } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import type { JobError } from '../../store/entities/import-job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { ImportScheduleRun } from '../../store/entities/import-schedule-run.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { identityOfUser } from '../../store/queries/identities.ts';
import { actorOf } from '../access/identity.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { planJob } from '../jobs/job-plan.ts';
import type { JobPlan } from '../jobs/job-plan.ts';

/** A run that is due: which job is to be made for which workflow. */
export interface DueRun {
  readonly scheduleId: string;
  readonly jobId: string;
  readonly workflowId: string;
  /** ISO 8601. */
  readonly scheduledAt: string;
}

/**
 * Makes the job of a run that is due, in the name of the schedule's creator as he is now. When he is gone or may no
 * longer import, or when the profile has changed so that the run does not fit it, the job is one that has failed and
 * says so. Repeatable: the job of a run is made once.
 * @returns what is to be run, or null when there is nothing to run
 */
export async function runSchedule(
  { orm }: Pick<EngineDeps, 'orm'>,
  due: DueRun,
): Promise<{ tenantId: string; profileId: string } | null> {
  return orm.em.fork().transactional(async (tx) => {
    const made = await tx.findOne(ImportJob, { id: due.jobId });
    if (made)
      return isFinal(made.status) || !made.profileId ? null : { tenantId: made.tenantId, profileId: made.profileId };
    const known = { id: due.scheduleId, state: { $in: ['settled', 'changing'] } } as const;
    const { profileId, tenantId } = (await tx.findOne(ImportSchedule, known)) ?? {};
    if (!profileId || !tenantId) return null;
    // The profile before the schedule, as its deletion locks them; both before the event, whose lock is held shortly.
    const lockMode = LockMode.PESSIMISTIC_READ;
    const profile = await tx.findOne(ImportProfile, { id: profileId, tenantId }, { lockMode });
    const schedule = await tx.findOne(ImportSchedule, { ...known, profileId }, { lockMode, refresh: true });
    if (!schedule) throw new Error(`the schedule ${due.scheduleId} was changed just now; its run is tried again`);
    if (!profile) return null;
    const { plan, error } = await planOrReason(tx, schedule, profile);
    const job = {
      id: due.jobId,
      tenantId,
      userId: schedule.createdById,
      kind: 'import',
      profileId: profile.id,
    } as const;
    await insertJob(tx, { ...job, plan, ...(error === null ? {} : { error }) });
    tx.create(ImportScheduleRun, {
      scheduleId: schedule.id,
      workflowId: due.workflowId,
      jobId: due.jobId,
      scheduledAt: new Date(due.scheduledAt),
      cursors: {},
    });
    await tx.flush();
    const facts = { profileId: profile.id, scheduleId: schedule.id };
    await audit(tx, null, 'job.created', { type: 'import_job', id: due.jobId, tenantId }, facts);
    return error === null ? { tenantId, profileId: profile.id } : null;
  });
}

async function planOrReason(
  tx: EntityManager,
  schedule: ImportSchedule,
  { queries }: ImportProfile,
): Promise<{ plan: JobPlan; error: JobError | null }> {
  const { sinceLastRun, ...options } = schedule.options;
  const incremental = sinceLastRun === null ? null : { sinceLastRun, reached: schedule.cursors };
  const nothing = { options: { ...options, incremental }, mode: schedule.mode, targets: [] };
  const identity = await identityOfUser(tx, schedule.tenantId, schedule.createdById);
  if (identity === null) {
    return {
      plan: nothing,
      error: { code: 'forbidden', message: 'The user who made this schedule no longer exists.' },
    };
  }
  if (!actorOf(identity, null).permissions.includes('system.import')) {
    const message = `${identity.name}, who made this schedule, no longer has the permission system.import.`;
    return { plan: nothing, error: { code: 'forbidden', message } };
  }
  const find = await tenantTargetFinder(tx, schedule.tenantId);
  try {
    const plan = planJob({ profileId: schedule.profileId ?? '', options, mode: schedule.mode }, queries, find);
    return { plan: { ...plan, options: { ...plan.options, incremental } }, error: null };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'validation') throw error;
    const message = Object.values(mistakesOf(error)).flat().join(' ');
    return { plan: nothing, error: { code: error.code, message } };
  }
}
