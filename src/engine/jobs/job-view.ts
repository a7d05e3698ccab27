import type { EntityManager } from '@mikro-orm/postgresql';
import { notFound } from '../../domain/errors.ts';
import type { FileFindings } from '../../domain/import-file.ts';
import type { ImportJob } from '../../store/entities/import-job.ts';
import { surroundingsOfJobs } from '../../store/queries/jobs/job-surroundings.ts';
import type { JobSurroundings } from '../../store/queries/jobs/job-surroundings.ts';
import type { Orchestrator, WorkflowPlace } from '../ports.ts';

/** A job with all that is shown of it; `now` is for durations of what is still running. */
export interface JobView extends JobSurroundings {
  readonly job: ImportJob;
  readonly workflow: WorkflowPlace | null;
  /** Of the import of a file, once it was looked at. */
  readonly findings: FileFindings | null;
}

/** Completes jobs with what is shown with them; one that is gone by now is left out. */
export async function viewJobs(
  em: EntityManager,
  orchestrator: Orchestrator,
  jobs: readonly ImportJob[],
): Promise<JobView[]> {
  if (jobs.length === 0) return [];
  const surroundings = await surroundingsOfJobs(
    em,
    jobs.map((job) => job.id),
  );
  return jobs.flatMap((job) => {
    const around = surroundings.get(job.id);
    const workflow = job.workflowRunId
      ? { workflowId: job.id, runId: job.workflowRunId, url: orchestrator.urlOf(job.id, job.workflowRunId) }
      : null;
    return around ? [{ job, workflow, findings: findingsOf(job), ...around }] : [];
  });
}

/** As planning the file stored it. */
function findingsOf({ sourceQueries }: ImportJob): FileFindings | null {
  return (sourceQueries['0'] as { readonly findings?: FileFindings } | undefined)?.findings ?? null;
}

/** The same for one job; `not_found` when it is gone. */
export async function viewJob(em: EntityManager, orchestrator: Orchestrator, job: ImportJob): Promise<JobView> {
  const [view] = await viewJobs(em, orchestrator, [job]);
  if (!view) throw notFound('Import job');
  return view;
}
