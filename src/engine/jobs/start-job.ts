import { AppError } from '../../domain/errors.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { transitionJob } from '../../store/queries/jobs/jobs.ts';
import type { EngineDeps } from '../deps.ts';

/**
 * Has a job's workflow started and the job marked as running. Repeatable: a workflow that runs already is taken as it
 * is. While the orchestrator is unavailable the job is returned as it stands, pending; the sweep comes back to it.
 */
export async function startJob(deps: Pick<EngineDeps, 'orm' | 'orchestrator'>, job: ImportJob): Promise<ImportJob> {
  try {
    const place = await deps.orchestrator.start({
      id: job.id,
      kind: job.kind,
      tenantId: job.tenantId,
      profileId: job.profileId ?? null,
    });
    await deps.orm.em.fork().nativeUpdate(ImportJob, { id: job.id }, { workflowRunId: place.runId });
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return job;
    throw error;
  }
  await transitionJob(deps.orm.em, {
    jobId: job.id,
    from: ['pending'],
    to: 'running',
    event: 'job.started',
  });
  return deps.orm.em.fork().findOneOrFail(ImportJob, { id: job.id });
}
