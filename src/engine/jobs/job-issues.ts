import type { FilterQuery } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { ImportIssue } from '../../store/entities/import-record.ts';
import type { EngineDeps } from '../deps.ts';
import { getJob } from './find-jobs.ts';
import type { Page } from './find-jobs.ts';

export interface IssueFilter {
  readonly code?: string | undefined;
  readonly field?: string | undefined;
}

/** The row issues of a job the actor may see, in source order. */
export async function jobIssues(
  deps: EngineDeps,
  actor: Actor,
  jobId: string,
  filter: IssueFilter & Page,
): Promise<{ rows: ImportIssue[]; total: number }> {
  const { job } = await getJob(deps, actor, jobId);
  const where: FilterQuery<ImportIssue>[] = [{ jobNumber: job.number }];
  if (filter.code !== undefined) where.push({ code: filter.code as ImportIssue['code'] });
  if (filter.field !== undefined) where.push({ field: filter.field });
  const [rows, total] = await deps.orm.em.fork().findAndCount(
    ImportIssue,
    { $and: where },
    {
      orderBy: { targetOrdinal: 'asc', rowNumber: 'asc', ordinal: 'asc' },
      limit: filter.perPage,
      offset: (filter.page - 1) * filter.perPage,
    },
  );
  return { rows, total };
}
