import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { AppError, mistakesOf } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import type { JobError } from '../../store/entities/import-job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { ImportScheduleRun } from '../../store/entities/import-schedule-run.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { identityOfUser } from '../../store/queries/access/identities.ts';
import { actorOf } from '../access/identity.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertImport } from '../imports/create-import.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { planJob } from '../jobs/job-plan.ts';
import { findSource, sourceOfRow } from './scheduled-source.ts';
import type { ScheduledSource } from './scheduled-source.ts';

/** A run that is due: which job is to be made for which workflow. */
export interface DueRun {
  readonly scheduleId: string;
  readonly jobId: string;
  readonly workflowId: string;
  /** ISO 8601. */
  readonly scheduledAt: string;
}

/** Where the job of a run belongs; of the import of a file there is no profile. */
export interface MadeRun {
  readonly tenantId: string;
  readonly profileId: string | null;
}

/**
 * Makes the job of a run that is due, in the name of the schedule's creator as he is now. When he is gone or may no
 * longer import, or when what is imported has changed so that the run does not fit it, the job is one that has failed
 * and says so. Repeatable: the job of a run is made once.
 * @returns what is to be run, or null when there is nothing to run
 */
export async function runSchedule({ orm }: Pick<EngineDeps, 'orm'>, due: DueRun): Promise<MadeRun | null> {
  return orm.em.fork().transactional(async (tx) => {
    const made = await tx.findOne(ImportJob, { id: due.jobId });
    if (made) return isFinal(made.status) || !(made.profileId ?? made.importerId) ? null : runOf(made);
    const known = { id: due.scheduleId, state: { $in: ['settled', 'changing'] } } as const;
    const seen = await tx.findOne(ImportSchedule, known);
    if (!seen) return null;
    const { profileId = null, importerId = null } = seen;
    // What is imported before the schedule, as its deletion locks them; both before the event, whose lock is held shortly.
    const lockMode = LockMode.PESSIMISTIC_READ;
    const source = await findSource(tx, seen, sourceOfRow(seen), lockMode);
    const schedule = await tx.findOne(ImportSchedule, { ...known, profileId, importerId }, { lockMode, refresh: true });
    if (!schedule) throw new Error(`the schedule ${due.scheduleId} was changed just now; its run is tried again`);
    if (!source) return null;
    const job = await jobOf(tx, schedule, source, due.jobId);
    tx.create(ImportScheduleRun, {
      scheduleId: schedule.id,
      workflowId: due.workflowId,
      jobId: due.jobId,
      scheduledAt: new Date(due.scheduledAt),
      cursors: {},
    });
    await tx.flush();
    const facts = { ...(profileId === null ? { importerId } : { profileId }), scheduleId: schedule.id };
    await audit(tx, null, 'job.created', { type: 'import_job', id: due.jobId, tenantId: job.tenantId }, facts);
    return isFinal(job.status) ? null : runOf(job);
  });
}

function runOf({ tenantId, profileId }: ImportJob): MadeRun {
  return { tenantId, profileId: profileId ?? null };
}

/** The job of a run: one to be run, or one that has failed because nobody may run it or it does not fit any more. */
async function jobOf(
  tx: EntityManager,
  schedule: ImportSchedule,
  source: ScheduledSource,
  id: string,
): Promise<ImportJob> {
  const { tenantId, createdById: userId, mode } = schedule;
  const { sinceLastRun, ...options } = schedule.options;
  const incremental = sinceLastRun === null ? null : { sinceLastRun, reached: schedule.cursors };
  const failed = (error: JobError): Promise<ImportJob> =>
    insertJob(tx, {
      id,
      tenantId,
      userId,
      kind: 'import',
      error,
      plan: { options: { ...options, incremental }, mode, targets: [] },
      ...(source.kind === 'profile'
        ? { profileId: source.profile.id }
        : {
            profileId: null,
            file: { id: null, importerId: source.importer.id, importerVersion: source.importer.version },
          }),
    });
  const obstacle = await whyNot(tx, schedule);
  if (obstacle !== null) return failed({ code: 'forbidden', message: obstacle });
  try {
    if (source.kind === 'importer') {
      const { batchSize, timeoutSeconds } = options;
      const input = { file: null, batchSize, timeoutSeconds, mode: { ...mode, importMode: undefined } };
      return await insertImport(tx, { tenantId, userId }, source.importer, id, input);
    }
    const { id: profileId, queries } = source.profile;
    const plan = planJob({ profileId, options, mode }, queries, await tenantTargetFinder(tx, tenantId));
    const whole = { ...plan, options: { ...plan.options, incremental } };
    return await insertJob(tx, { id, tenantId, userId, kind: 'import', profileId, plan: whole });
  } catch (error) {
    if (!(error instanceof AppError) || !UNFIT.has(error.code)) throw error;
    const mistakes = Object.values(mistakesOf(error)).flat();
    return failed({ code: error.code, message: mistakes.length === 0 ? error.message : mistakes.join(' ') });
  }
}

/** What says that a run does not fit what it imports. */
const UNFIT: ReadonlySet<string> = new Set(['validation', 'wrong_state', 'bad_request']);

/** Why nobody may run a schedule, as a sentence, or null. */
async function whyNot(tx: EntityManager, { tenantId, createdById }: ImportSchedule): Promise<string | null> {
  const identity = await identityOfUser(tx, tenantId, createdById);
  if (identity === null) return 'The user who made this schedule no longer exists.';
  if (actorOf(identity, null).permissions.includes('system.import')) return null;
  return `${identity.name}, who made this schedule, no longer has the permission system.import.`;
}
