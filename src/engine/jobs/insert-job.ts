import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobKind } from '../../domain/job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import type { JobError } from '../../store/entities/import-job.ts';
import { appendEvent } from '../../store/queries/events.ts';
import type { JobPlan } from './job-plan.ts';

export interface NewJob {
  readonly id: string;
  readonly tenantId: string;
  /** Who the job belongs to. */
  readonly userId: string;
  readonly kind: JobKind;
  readonly profileId: string | null;
  /** The job it goes on with. */
  readonly parentJobId?: string;
  readonly plan: JobPlan;
  /** Why the job has failed before it could begin. */
  readonly error?: JobError;
}

/** Stores a new job with its event in the caller's transaction: a pending one, or one that failed at once. */
export async function insertJob(tx: EntityManager, { plan, error, userId, ...job }: NewJob): Promise<ImportJob> {
  const now = new Date();
  const detection = plan.mode.duplicateDetection.enabled ? ' with duplicate detection' : '';
  const created = tx.create(ImportJob, {
    ...job,
    ...plan,
    status: error === undefined ? 'pending' : 'failed',
    createdById: userId,
    sourceCounts: {},
    sourceQueries: {},
    reading: {},
    operation: error === undefined ? `Initializing import${detection}...` : null,
    error: error ?? null,
    completedAt: error === undefined ? null : now,
    createdAt: now,
    updatedAt: now,
  });
  await tx.flush();
  const about = { tenantId: job.tenantId, jobId: job.id, profileId: job.profileId, userId };
  await appendEvent(tx, { ...about, type: 'job.created', data: { kind: job.kind, status: 'pending' } });
  if (error !== undefined) {
    const data = { kind: job.kind, status: 'failed', completedAt: now.toISOString(), error };
    await appendEvent(tx, { ...about, type: 'job.failed', data });
  }
  return created;
}
