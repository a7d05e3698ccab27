import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobKind } from '../../domain/job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import type { JobError } from '../../store/entities/import-job.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import type { JobPlan } from './job-plan.ts';

export interface NewJob {
  readonly id: string;
  readonly tenantId: string;
  /** Who the job belongs to. */
  readonly userId: string;
  readonly kind: JobKind;
  readonly profileId: string | null;
  /** Of the import of a file: which, and by which importer as it was; null: by none, as the directory reads it. */
  readonly file?: {
    readonly id: string | null;
    readonly importerId: string | null;
    readonly importerVersion: number | null;
  };
  /** The migration job it belongs to. */
  readonly migrationId?: string;
  /** It waits until it is asked for. */
  readonly held?: boolean;
  /** The job it goes on with. */
  readonly parentJobId?: string;
  readonly plan: JobPlan;
  /** Why the job has failed before it could begin. */
  readonly error?: JobError;
}

/** Stores a new job with its event in the caller's transaction: a pending one, or one that failed at once. */
export async function insertJob(tx: EntityManager, job: NewJob): Promise<ImportJob> {
  const created = await storeJob(tx, job);
  await tellOfJob(tx, created);
  return created;
}

/** Stores a new job and tells nobody yet: events are written in the order of their commits, so a long transaction tells last. */
export async function storeJob(tx: EntityManager, { plan, error, userId, file, ...job }: NewJob): Promise<ImportJob> {
  const now = new Date();
  const detection = plan.mode.duplicateDetection.enabled ? ' with duplicate detection' : '';
  const created = tx.create(ImportJob, {
    ...job,
    ...plan,
    ...(file ? { fileId: file.id, importerId: file.importerId, importerVersion: file.importerVersion } : {}),
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
  return created;
}

/** Writes the events of a new job. */
export async function tellOfJob(tx: EntityManager, job: ImportJob): Promise<void> {
  const { id, tenantId, kind, error, completedAt, migrationId } = job;
  const about = { tenantId, jobId: id, profileId: job.profileId ?? null, userId: job.createdById ?? null };
  await appendEvent(tx, {
    ...about,
    type: 'job.created',
    data: { kind, status: 'pending', ...(migrationId && { migrationId }) },
  });
  if (!error) return;
  const data = { kind, status: 'failed', completedAt: completedAt?.toISOString() ?? null, error };
  await appendEvent(tx, { ...about, type: 'job.failed', data });
}
