import { AppError } from '../src/domain/errors.ts';
import { DirectoryJob } from '../src/store/entities/directory-job.ts';
import type { DirectoryExport } from '../src/store/entities/directory-job.ts';
import { storeTargetPlan } from '../src/store/queries/jobs/plan.ts';
import { compileCount } from '../src/vql/compile.ts';
import { parseVql } from '../src/vql/parse.ts';
import type { VqlQuery } from '../src/vql/query.ts';
import type { ActivityDeps } from './deps.ts';
import { countedAttempt } from './directory-attempt.ts';
import { loadJobPart, stillRuns } from './job-source.ts';
import { startPulse } from './pulse.ts';

/** Counts the rows that an export is going to write. They are read in one go, by one activity. */
export function createPlanExport(deps: ActivityDeps) {
  return async ({ jobId, targetOrdinal }: { jobId: string; targetOrdinal: number }): Promise<void> => {
    const pulse = startPulse(() => stillRuns(deps, jobId), deps.logger);
    try {
      await countedAttempt(deps, jobId, async () => {
        const { job, target } = await loadJobPart(deps, jobId, targetOrdinal);
        const query = queryOf(await exportOf(deps, jobId));
        const rows = await countRows(deps, query, job.tenantId);
        await storeTargetPlan(deps.orm.em, job, target, {
          total: rows,
          ranges: [{ after: null, upTo: null, rows }],
          query: { fields: [] },
          reading: 'In one go, in the order of the query.',
        });
      });
    } finally {
      pulse.end();
    }
  };
}

/** What a job exports. */
export async function exportOf({ orm }: ActivityDeps, jobId: string): Promise<DirectoryExport> {
  const found = await orm.em.fork().findOne(DirectoryJob, { jobId });
  if (!found?.export) throw new AppError('not_found', `The job ${jobId} exports nothing.`);
  return found.export;
}

/** Its query; an export may have any number of rows. */
export function queryOf({ service, query }: DirectoryExport): VqlQuery {
  return parseVql(service, query, { maxLimit: null });
}

/** At the most: how many lie behind a cursor is not counted, and what comes and goes meanwhile is not either. */
async function countRows({ orm }: ActivityDeps, query: VqlQuery, tenantId: string): Promise<number> {
  const pool = await orm.em.getConnection().getNativeClient();
  const { rows } = await pool.query<[string]>(compileCount(query, tenantId));
  const { limit, page } = query;
  const found = Number(rows[0]?.[0]);
  return limit === null ? found : Math.min(limit, Math.max(0, found - (page - 1) * limit));
}
