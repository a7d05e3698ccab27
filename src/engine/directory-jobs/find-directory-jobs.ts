import type { Actor } from '../../domain/actor.ts';
import { processed } from '../../domain/counters.ts';
import { exportFileName } from '../../domain/directory-job.ts';
import type { DirectoryPhase } from '../../domain/directory-job.ts';
import { notFound } from '../../domain/errors.ts';
import type { JobKind } from '../../domain/job.ts';
import { seesOwnJobsOnly } from '../../domain/policy.ts';
import { DirectoryJob } from '../../store/entities/directory-job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { countImportedRows, listDirectoryJobs, phasesOfJobs } from '../../store/queries/jobs/directory-jobs.ts';
import type { DirectoryJobPhase } from '../../store/queries/jobs/directory-jobs.ts';
import type { EngineDeps } from '../deps.ts';
import { failedRowsOf } from '../imports/failed-rows.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewJobs } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { linkToStored, ownLink, requireLink } from './file-links.ts';
import type { FileLink, LinkDeps, ShownLink } from './file-links.ts';

type Deps = EngineDeps & LinkDeps;

/** A job of the directory with all that is shown of it. */
export interface DirectoryJobView {
  readonly view: JobView;
  readonly about: DirectoryJob;
  readonly phase: DirectoryPhase;
  /** Rows of the file it imports, or of the one it has made; failed ones were not taken. */
  readonly rows: number;
  readonly failed: number;
  /** To what it has exported. */
  readonly download: FileLink | null;
  /** To the rows that failed. */
  readonly failedRows: FileLink | null;
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
  const counts = new Map((await countImportedRows(em, ids)).map((count) => [count.jobId, count]));
  const complete = await Promise.all(
    phases.map(async ({ jobId, phase }) => {
      const [view, about] = [views.get(jobId), abouts.get(jobId)];
      if (!view || !about) return null;
      const { rows, failed } = counts.get(jobId) ?? { rows: processed(view.counters), failed: 0 };
      const { result } = about;
      const download = result ? await linkToStored(deps, 'get', result.key, exportFileName(jobId)) : null;
      const failedRows = failed > 0 ? ownLink(deps, 'get', failedRowsKey(jobId)) : null;
      return { view, about, phase, rows, failed, download, failedRows };
    }),
  );
  return complete.filter((one) => one !== null);
}

const FAILED_ROWS = 'failed-rows/';

function failedRowsKey(jobId: string): string {
  return FAILED_ROWS + jobId;
}

/**
 * The rows of an import that failed, by a link of ours.
 * @throws AppError `forbidden`: the link is not ours, or its time is over; `not_found`: there are none
 */
export async function openFailedRows(
  deps: Deps,
  { jobId, ...link }: Omit<ShownLink, 'key'> & { readonly jobId: string },
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly text: AsyncIterable<string> }> {
  requireLink(deps, 'get', { key: failedRowsKey(jobId), ...link });
  const job = await deps.orm.em.fork().findOne(ImportJob, { id: jobId });
  if (!job) throw notFound('Failed rows');
  return failedRowsOf(deps, job, signal);
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
