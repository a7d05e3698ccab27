import type { Actor } from '../../domain/actor.ts';
import type { DirectoryPhase } from '../../domain/directory-job.ts';
import { notFound } from '../../domain/errors.ts';
import type { JobKind } from '../../domain/job.ts';
import { seesOwnJobsOnly } from '../../domain/policy.ts';
import { DirectoryJob } from '../../store/entities/directory-job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { listDirectoryJobs, phasesOfJobs } from '../../store/queries/directory-jobs.ts';
import type { DirectoryJobPhase } from '../../store/queries/directory-jobs.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewJobs } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { linkTo, requireLink } from './file-links.ts';
import type { FileLink, LinkDeps, ShownLink } from './file-links.ts';

type Deps = EngineDeps & LinkDeps;

/** A job of the directory with all that is shown of it. */
export interface DirectoryJobView {
  readonly view: JobView;
  readonly about: DirectoryJob;
  readonly phase: DirectoryPhase;
  /** To what it has exported. */
  readonly download: FileLink | null;
}

export interface DirectoryJobChoice {
  readonly kind: Extract<JobKind, 'import' | 'export'> | null;
  readonly phases: readonly DirectoryPhase[] | null;
}

/** The imports of uploaded files into the directory and the exports from it that the actor may see, newest first. */
export async function findDirectoryJobs(
  deps: Deps,
  actor: Actor,
  { kind, phases, page, perPage }: DirectoryJobChoice & Page,
): Promise<DirectoryJobView[]> {
  const found = await listDirectoryJobs(
    deps.orm.em.fork(),
    { tenantId: actor.tenantId, userId: seesOwnJobsOnly(actor) ? actor.userId : null, kind, phases },
    { limit: perPage, offset: (page - 1) * perPage },
  );
  return viewAll(deps, found);
}

/** One that was just made. */
export async function viewDirectoryJob(deps: Deps, jobId: string): Promise<DirectoryJobView> {
  const [view] = await viewAll(deps, await phasesOfJobs(deps.orm.em.fork(), [jobId]));
  if (!view) throw notFound('Job');
  return view;
}

async function viewAll(deps: Deps, phases: readonly DirectoryJobPhase[]): Promise<DirectoryJobView[]> {
  const em = deps.orm.em.fork();
  const ids = phases.map(({ jobId }) => jobId);
  const jobs = await em.find(ImportJob, { id: { $in: ids } });
  const views = new Map((await viewJobs(em, deps.orchestrator, jobs)).map((view) => [view.job.id, view]));
  const abouts = new Map((await em.find(DirectoryJob, { jobId: { $in: ids } })).map((about) => [about.jobId, about]));
  const complete = await Promise.all(
    phases.map(async ({ jobId, phase }) => {
      const [view, about] = [views.get(jobId), abouts.get(jobId)];
      return view && about ? { view, about, phase, download: await downloadOf(deps, about) } : null;
    }),
  );
  return complete.filter((one) => one !== null);
}

async function downloadOf(deps: Deps, { jobId, result }: DirectoryJob): Promise<FileLink | null> {
  return result ? linkTo(deps, 'get', result.key, `export-${jobId}.csv`) : null;
}

/**
 * The file that a link of ours leads to.
 * @throws AppError `forbidden`: the link is not ours, or its time is over; `not_found`: the file is gone
 */
export async function openExport(
  deps: LinkDeps,
  link: ShownLink,
  signal: AbortSignal,
): Promise<{ readonly size: number; readonly bytes: AsyncIterable<Buffer> }> {
  requireLink(deps, 'get', link);
  const { storage } = deps.files;
  const size = await storage.size(link.key);
  return { size, bytes: storage.read(link.key, { end: size, signal }) };
}
