import { setTimeout as delay } from 'node:timers/promises';
import { isFinal } from '../../domain/job.ts';
import type { BulkRefusal } from '../../domain/bulk.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import type { EngineDeps } from '../deps.ts';
import { viewJobs } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';
import { startJob } from '../jobs/start-job.ts';
import { invalid } from '../../domain/errors.ts';
import type { Gathered } from './bulk-input.ts';

/** What became of a request, or is going to. */
export interface BulkReport extends Gathered {
  /** Records of those selected that are left alone, by reason. */
  readonly refusals: Partial<Record<BulkRefusal, number>>;
  /** Those that something is done to. */
  readonly accepted: number;
  /** The jobs that do it, one for each import whose records they are. */
  readonly jobs: readonly JobView[];
  /** All of them have ended: the counts are final. */
  readonly done: boolean;
}

/** Up to so many records a request waits for what becomes of them. */
const AT_ONCE = 500;
/** How long it waits at the most, and how often it looks. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 50;

/** Imports whose records one request may be about. */
const MAX_IMPORTS = 100;

/** Throws `validation` when records are of more imports than one request may have jobs. */
export function mustBeFew(imports: readonly unknown[]): void {
  if (imports.length > MAX_IMPORTS) {
    const message = `The records are of ${imports.length} imports; select those of ${MAX_IMPORTS} at the most.`;
    throw invalid({ criteria: [message] });
  }
}

/**
 * Starts jobs and, where they are about few records, waits for their ends: what is asked for is done by the same steps
 * whether or not the request lives to see it.
 */
export async function runJobs(
  deps: EngineDeps,
  made: readonly ImportJob[],
  records: number,
  signal: AbortSignal,
): Promise<Pick<BulkReport, 'jobs' | 'done'>> {
  for (const job of made) await startJob(deps, job);
  const until = Date.now() + (records <= AT_ONCE ? PATIENCE_MS : 0);
  for (;;) {
    const em = deps.orm.em.fork();
    const jobs = await em.find(ImportJob, { id: { $in: made.map(({ id }) => id) } }, { orderBy: { number: 'asc' } });
    const done = jobs.every(({ status }) => isFinal(status));
    if (done || signal.aborted || Date.now() >= until)
      return { jobs: await viewJobs(em, deps.orchestrator, jobs), done };
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
