import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import type { JobStatus } from '../../domain/job.ts';
import { requireVisibleJob, seesOwnJobsOnly } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import type { EngineDeps } from '../deps.ts';
import { viewJob, viewJobs } from './job-view.ts';
import type { JobView } from './job-view.ts';

export interface JobFilter {
  readonly profileId?: string | undefined;
  readonly statuses?: readonly JobStatus[] | undefined;
  /** `YYYY-MM-DD`, both days inclusive, UTC. */
  readonly dateFrom?: string | undefined;
  readonly dateTo?: string | undefined;
  /** Part of the profile's name. */
  readonly search?: string | undefined;
}

export interface Page {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** One job that the actor may see; `not_found` otherwise. */
export async function getJob(deps: EngineDeps, actor: Actor, jobId: string): Promise<JobView> {
  const em = deps.orm.em.fork();
  return viewJob(em, deps.orchestrator, await visibleJob(em, actor, jobId));
}

/** The same as it lies in the store; `subject` is what is said not to be there. */
export async function visibleJob(
  em: EntityManager,
  actor: Actor,
  jobId: string,
  subject = 'Import job',
): Promise<ImportJob> {
  const job = isUuid(jobId) ? await em.findOne(ImportJob, { id: jobId }) : null;
  if (!job) throw notFound(subject);
  requireVisibleJob(actor, job, subject);
  return job;
}

/** The jobs the actor may see, newest first. */
export async function listJobs(
  deps: EngineDeps,
  actor: Actor,
  filter: JobFilter & Page,
): Promise<{ rows: JobView[]; total: number }> {
  const em = deps.orm.em.fork();
  const [jobs, total] = await em.findAndCount(ImportJob, await visible(deps, actor, filter), {
    orderBy: { createdAt: 'desc', number: 'desc' },
    limit: filter.perPage,
    offset: (filter.page - 1) * filter.perPage,
  });
  return { rows: await viewJobs(em, deps.orchestrator, jobs), total };
}

/** The condition for jobs that the actor may see and the filter names. */
export async function visible(deps: EngineDeps, actor: Actor, filter: JobFilter): Promise<FilterQuery<ImportJob>> {
  const where: FilterQuery<ImportJob>[] = [{ tenantId: actor.tenantId }];
  if (seesOwnJobsOnly(actor)) where.push({ createdById: actor.userId });
  if (filter.profileId !== undefined) {
    where.push(isUuid(filter.profileId) ? { profileId: filter.profileId } : { id: { $in: [] } });
  }
  if (filter.statuses !== undefined && filter.statuses.length > 0)
    where.push({ status: { $in: [...filter.statuses] } });
  if (filter.dateFrom !== undefined) where.push({ createdAt: { $gte: new Date(`${filter.dateFrom}T00:00:00Z`) } });
  if (filter.dateTo !== undefined) {
    const after = new Date(`${filter.dateTo}T00:00:00Z`);
    after.setUTCDate(after.getUTCDate() + 1);
    where.push({ createdAt: { $lt: after } });
  }
  if (filter.search !== undefined && filter.search !== '') {
    const pattern = `%${filter.search.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;
    const named = await deps.orm.em
      .fork()
      .find(ImportProfile, { tenantId: actor.tenantId, name: { $ilike: pattern } }, { fields: ['id'] });
    where.push({ profileId: { $in: named.map((profile) => profile.id) } });
  }
  return { $and: where };
}
