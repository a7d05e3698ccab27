import type { JobKind, JobStatus } from '../src/domain/job.ts';
import { isFinal } from '../src/domain/job.ts';
import { AppError } from '../src/domain/errors.ts';
import { discardFetch } from '../src/sources/fetch/fetch-to-storage.ts';
import { ImportFile } from '../src/store/entities/import-file.ts';
import { ImportJob } from '../src/store/entities/import-job.ts';
import type { JobError, JobTarget } from '../src/store/entities/import-job.ts';
import { transitionJob } from '../src/store/queries/jobs/jobs.ts';
import { advanceCursors } from '../src/store/queries/jobs/schedule-runs.ts';
import { clearMatchings } from '../src/store/match/results.ts';
import { isMatched } from '../src/store/match/match-step.ts';
import { settleMigration } from '../src/store/queries/migration/settle-migration.ts';
import { nextPartitions } from '../src/store/queries/jobs/work.ts';
import type { ActivityDeps } from './deps.ts';
import { matchesByLikeness } from './job-source.ts';

interface JobRef {
  readonly jobId: string;
}

/** What a job's workflow is to do next; `status` is the job's own. */
export type Work =
  | { readonly kind: 'plan'; readonly status: JobStatus; readonly targetOrdinal: number }
  | { readonly kind: 'match'; readonly status: JobStatus; readonly targetOrdinal: number }
  | { readonly kind: 'import'; readonly status: JobStatus; readonly partitionIds: readonly number[] }
  | { readonly kind: 'paused'; readonly status: JobStatus }
  | { readonly kind: 'ended'; readonly status: JobStatus }
  | { readonly kind: 'done'; readonly status: JobStatus };

/** A job that waited for another and is to be started now. */
export interface ReleasedJob extends JobRef {
  readonly tenantId: string;
}

export type Outcome =
  | { readonly outcome: 'completed' | 'cancelled' }
  | { readonly outcome: 'failed'; readonly error: JobError };

const VERBS: Partial<Record<JobKind, string>> = { validate: 'Checking', plan: 'Planning' };

function operationOf(job: ImportJob, { query, spec }: JobTarget): string {
  if (job.kind === 'rollback') return `Rolling back ${spec.type} records`;
  if (job.kind === 'export') return `Exporting ${spec.type}`;
  return `${VERBS[job.kind] ?? 'Processing'} ${query.baseTable} → ${spec.type}`;
}

async function describeWork(orm: ActivityDeps['orm'], job: ImportJob, target: JobTarget): Promise<void> {
  const operation = operationOf(job, target);
  if (job.operation === operation) return;
  await orm.em.fork().nativeUpdate(ImportJob, { id: job.id, status: 'running' }, { operation });
}

/** The short steps of every job. Each may be repeated and then changes nothing. */
export function createLifecycle({ orm, files }: ActivityDeps) {
  /** What has come of a file that is not to be fetched any more. */
  const discardUnfetched = async (fileId: string): Promise<void> => {
    const file = await orm.em.fork().findOne(ImportFile, { id: fileId, size: null });
    if (file) await discardFetch(files.storage, file.storageKey);
  };

  return {
    /** Marks a pending job as running. */
    async beginJob({ jobId }: JobRef): Promise<{ timeoutMs: number | null }> {
      const job = await orm.em.fork().findOne(ImportJob, { id: jobId }, { fields: ['kind'] });
      const begun = await transitionJob(orm.em, {
        jobId,
        from: ['pending'],
        to: 'running',
        event: 'job.started',
        operation: job?.kind === 'rollback' ? 'Counting the rows to undo…' : 'Counting the rows of the source…',
      });
      if (!begun) throw new AppError('not_found', `The job ${jobId} does not exist.`);
      const { timeoutSeconds } = begun.job.options;
      return { timeoutMs: timeoutSeconds === null ? null : timeoutSeconds * 1000 };
    },

    /** Looks up what is left of a job: the next target to plan, partitions to read, or nothing. */
    async nextWork({ jobId }: JobRef): Promise<Work> {
      const job = await orm.em.fork().findOne(ImportJob, { id: jobId });
      if (!job) throw new AppError('not_found', `The job ${jobId} does not exist.`);
      const { status } = job;
      if (isFinal(status)) return { kind: 'ended', status };
      if (status === 'paused') return { kind: 'paused', status };
      // All counts come first, so that progress is told against the whole from the first row on.
      const parts = await Promise.all(
        job.targets.map(async (target: JobTarget) => ({
          target,
          partitions: await nextPartitions(orm.em, jobId, target.ordinal),
        })),
      );
      const unplanned = parts.find(({ partitions }) => !partitions.planned);
      if (unplanned) return { kind: 'plan', status, targetOrdinal: unplanned.target.ordinal };
      const unfinished = parts.find(({ partitions }) => partitions.unfinished.length > 0);
      if (unfinished) {
        const { ordinal } = unfinished.target;
        if (matchesByLikeness({ job, target: unfinished.target }) && !(await isMatched(orm.em.fork(), jobId, ordinal)))
          return { kind: 'match', status, targetOrdinal: ordinal };
        await describeWork(orm, job, unfinished.target);
        return { kind: 'import', status, partitionIds: unfinished.partitions.unfinished };
      }
      return { kind: 'done', status };
    },

    /** Pauses a running job or lets a paused one go on; from any other status nothing changes. */
    async changeStatus({ jobId, to }: JobRef & { to: 'paused' | 'running' }): Promise<void> {
      if (to === 'paused') await transitionJob(orm.em, { jobId, from: ['running'], to, event: 'job.paused' });
      else await transitionJob(orm.em, { jobId, from: ['paused'], to, event: 'job.resumed' });
    },

    /**
     * Ends a job; one that has ended already keeps its end. `over` is false when a pause came first; `next` is an import
     * that has waited for this.
     */
    async finishJob(finished: JobRef & Outcome): Promise<{ over: boolean; next?: ReleasedJob }> {
      const { jobId, outcome } = finished;
      let next: string | null = null;
      const from: JobStatus[] = outcome === 'completed' ? ['running'] : ['pending', 'running', 'paused'];
      const ended = await transitionJob(orm.em, {
        jobId,
        from,
        to: outcome,
        event: `job.${outcome}`,
        operation: null,
        ...(outcome === 'completed'
          ? {
              alongside: async (tx) => {
                await advanceCursors(tx, jobId);
                next = await settleMigration(tx, jobId);
              },
            }
          : {}),
        ...(finished.outcome === 'failed' ? { error: finished.error } : {}),
      });
      await clearMatchings(orm.em.fork(), jobId);
      if (ended?.job.fileId && outcome !== 'completed') await discardUnfetched(ended.job.fileId);
      const over = !ended || isFinal(ended.job.status);
      return next === null || !ended ? { over } : { over, next: { jobId: next, tenantId: ended.job.tenantId } };
    },
  };
}
