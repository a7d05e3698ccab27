import { AppError } from '../src/domain/errors.ts';
import { writtenFields } from '../src/domain/target.ts';
import { evidenceFields } from '../src/rows/evidence-fields.ts';
import { openSource } from '../src/sources/postgres/connection/connection.ts';
import { connectionOf } from '../src/sources/profile-connection.ts';
import type { SourceQuery } from '../src/sources/postgres/query/query.ts';
import type { SourceSession } from '../src/sources/postgres/connection/session.ts';
import { ImportJob } from '../src/store/entities/import-job.ts';
import type { JobTarget } from '../src/store/entities/import-job.ts';
import { ImportProfile } from '../src/store/entities/import-profile.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import type { ActivityDeps } from './deps.ts';

/** A job and one of its targets, as an activity needs them. */
export interface JobPart {
  readonly job: ImportJob;
  readonly target: JobTarget;
}

/** What is read of a source, and from where on. */
export type Reading = Pick<
  PartitionClaim,
  'jobNumber' | 'targetOrdinal' | 'rangeAfter' | 'rangeUpTo' | 'rowBase' | 'position' | 'rowsDone' | 'listed'
>;

export async function loadJobPart({ orm }: ActivityDeps, jobId: string, targetOrdinal: number): Promise<JobPart> {
  const job = await orm.em.fork().findOne(ImportJob, { id: jobId });
  if (!job) throw new AppError('not_found', `The job ${jobId} was deleted.`);
  const target = job.targets.find((candidate: JobTarget) => candidate.ordinal === targetOrdinal);
  if (!target) throw new AppError('internal', `The job ${jobId} has no target ${targetOrdinal}.`);
  return { job, target };
}

/** The query as `planTarget` of this program stored it. */
export function queryOf({ job, target }: JobPart): SourceQuery {
  return job.sourceQueries[String(target.ordinal)] as SourceQuery;
}

/** Whether a job reads what an earlier one has left: a retry, or a validation that finds out what one would do. */
export function isRetry({ kind, parentJobId }: ImportJob): boolean {
  return kind === 'retry' || (kind === 'validate' && typeof parentJobId === 'string');
}

/** Names of the target's fields that the job writes. */
export function writtenFieldsOf(part: JobPart): string[] {
  return writtenFields(part.target.spec, queryOf(part)).map(({ name }) => name);
}

/** Whether a job's status in the store still lets it write. */
export async function stillRuns({ orm }: ActivityDeps, jobId: string): Promise<boolean> {
  return (await orm.em.fork().count(ImportJob, { id: jobId, status: 'running' })) > 0;
}

/** Opens the source database of a job with what its profile says now; a changed password takes effect at once. */
export async function openJobSource(deps: ActivityDeps, job: ImportJob, signal: AbortSignal): Promise<SourceSession> {
  const { orm, sealer, guard } = deps;
  const profile = job.profileId ? await orm.em.fork().findOne(ImportProfile, { id: job.profileId }) : null;
  if (!profile) throw new AppError('not_found', 'The import profile of this job was deleted.');
  return openSource(connectionOf(profile, sealer), guard, { applicationName: `lading job ${job.number}`, signal });
}

/** Whether rows of a target are held against its records, and against each other, by likeness. */
export function matchesByLikeness(part: JobPart): boolean {
  const { kind, mode } = part.job;
  const { duplicateDetection: detection } = mode;
  if (kind === 'rollback' || !detection.enabled || detection.strategy !== 'fuzzy') return false;
  return evidenceFields(part.target.spec, writtenFieldsOf(part), detection).length > 0;
}
