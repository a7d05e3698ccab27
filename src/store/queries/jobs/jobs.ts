import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventType } from '../../../domain/event.ts';
import type { JobFacts } from '../../../domain/job-facts.ts';
import { isFinal } from '../../../domain/job.ts';
import type { JobStatus } from '../../../domain/job.ts';
import { ImportJob } from '../../entities/import-job.ts';
import type { JobError } from '../../entities/import-job.ts';
import { dropMirrors } from '../../plans/mirror.ts';
import { appendEvent } from '../events/events.ts';
import { importedByTypeOf, sumCounters } from './partitions.ts';

/** Class of the advisory locks that order status changes and chunk commits of one job; the job's number is the key. */
export const JOB_LOCK_CLASS = 7_001;

export interface Transition {
  readonly jobId: string;
  /** The statuses from which the change is made; from any other nothing happens. */
  readonly from: readonly JobStatus[];
  readonly to: JobStatus;
  readonly event: EventType;
  readonly error?: JobError;
  /** What the job is doing now, or null when it does nothing. */
  readonly operation?: string | null;
  /**
   * How long to wait for chunks that are being committed. Those that take longer are broken off: nothing of them stays,
   * and their rows are read again should the job go on. Absent: however long it takes.
   */
  readonly patienceMs?: number;
  /** What else is written exactly when the change is: in its transaction, before others see it. */
  readonly alongside?: (tx: EntityManager) => Promise<void>;
}

export interface TransitionResult {
  readonly changed: boolean;
  readonly job: ImportJob;
}

/**
 * The only place where a job's status changes. It takes the job's lock exclusively, so it waits for the chunks that
 * are being committed, and none can be committed after it that its new status forbids. Chunks queue behind it
 * (advisory locks are fair, row locks are not: sharers of a row would starve it). Idempotent: a job that is no longer
 * in `from` is returned as it is, with `changed` false. Returns null for a job that does not exist.
 */
export async function transitionJob(em: EntityManager, transition: Transition): Promise<TransitionResult | null> {
  return em.fork().transactional(async (tx) => {
    const found = await tx.findOne(ImportJob, { id: transition.jobId }, { fields: ['number'] });
    if (!found) return null;
    await holdJob(tx, found.number, transition.patienceMs ?? null);
    const job = await tx.findOneOrFail(ImportJob, { id: transition.jobId }, { refresh: true });
    if (!transition.from.includes(job.status)) return { changed: false, job };
    await moveJob(tx, job, transition);
    return { changed: true, job };
  });
}

/**
 * Changes the status of a job that the caller's transaction holds, or has made, and writes the event. Nobody else may call
 * it but `transitionJob` and who makes a job that is over when others first see it.
 */
export async function moveJob(
  tx: EntityManager,
  job: ImportJob,
  transition: Pick<Transition, 'to' | 'event' | 'error' | 'operation' | 'alongside'>,
): Promise<void> {
  const [{ now }] = (await tx.execute(`select clock_timestamp() as "now"`)) as [{ now: string | Date }];
  const at = new Date(now);
  job.status = transition.to;
  job.updatedAt = at;
  if (transition.to === 'running') job.startedAt ??= at;
  if (isFinal(transition.to)) job.completedAt = at;
  if (transition.error !== undefined) job.error = transition.error;
  if (transition.operation !== undefined) job.operation = transition.operation;
  await tx.flush();
  if (isFinal(job.status)) await dropMirrors(tx, job);
  await transition.alongside?.(tx);
  const counters = await sumCounters(tx, job.id);
  if (isFinal(transition.to)) {
    job.totals = counters;
    job.importedByType = await importedByTypeOf(tx, job);
  }
  await appendEvent(tx, {
    tenantId: job.tenantId,
    type: transition.event,
    jobId: job.id,
    profileId: job.profileId ?? null,
    userId: job.createdById ?? null,
    data: {
      kind: job.kind,
      status: job.status,
      counters,
      operation: job.operation ?? null,
      total: job.estimatedTotal ?? null,
      startedAt: job.startedAt?.toISOString() ?? null,
      completedAt: job.completedAt?.toISOString() ?? null,
      error: job.error ?? null,
      migrationId: job.migrationId ?? null,
    } satisfies JobFacts,
  });
}

async function holdJob(tx: EntityManager, jobNumber: number, patienceMs: number | null): Promise<void> {
  const lock = [JOB_LOCK_CLASS, lockKey(jobNumber)];
  if (patienceMs === null) {
    await tx.execute(`select pg_advisory_xact_lock(?, ?)`, lock);
    return;
  }
  while (!(await holdsWithin(tx, lock, patienceMs))) await tx.execute(BREAK_OFF, lock);
}

async function holdsWithin(tx: EntityManager, lock: readonly number[], patienceMs: number): Promise<boolean> {
  try {
    // A savepoint, for the lock's timeout fails the transaction.
    await tx.transactional(async (attempt) => {
      await attempt.execute(`select set_config('lock_timeout', ?, true)`, [`${patienceMs}ms`]);
      await attempt.execute(`select pg_advisory_xact_lock(?, ?)`, lock);
      await attempt.execute(`set local lock_timeout to default`);
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Ends the sessions that commit chunks of a job. A statement's end is not enough: a frozen worker runs none. */
const BREAK_OFF = `
  select pg_terminate_backend(l."pid", 1000)
  from "pg_locks" as l join "pg_stat_activity" as a using ("pid")
  where l."locktype" = 'advisory' and l."classid" = ? and l."objid" = ? and l."objsubid" = 2
    and l."mode" = 'ShareLock' and l."granted" and a."datname" = current_database() and a."usename" = current_user`;

/** A job's number as the 32-bit key of its advisory lock; two jobs 2^31 apart would merely wait for each other. */
export function lockKey(jobNumber: number): number {
  return jobNumber % 2_147_483_647;
}

/** How many jobs of all tenants stand in each status. */
export async function countJobsByStatus(em: EntityManager): Promise<Partial<Record<JobStatus, number>>> {
  const rows: { status: JobStatus; jobs: string }[] = await em.execute(
    `select "status", count(*) as "jobs" from "import_jobs" group by "status"`,
  );
  return Object.fromEntries(rows.map(({ status, jobs }) => [status, Number(jobs)]));
}
