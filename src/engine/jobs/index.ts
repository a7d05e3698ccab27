import type { Actor } from '../../domain/actor.ts';
import { certifyJob } from '../certificates/certify-job.ts';
import { takeTurns } from '../certificates/turns.ts';
import type { EngineDeps } from '../deps.ts';
import { listRecords } from '../records/list-records.ts';
import type { RecordFilter } from '../records/list-records.ts';
import { cancelJob, pauseJob, resumeJob } from './control-job.ts';
import { checkJob, createJob } from './create-job.ts';
import { getJob, listJobs } from './find-jobs.ts';
import type { JobFilter, Page } from './find-jobs.ts';
import { jobIssues } from './job-issues.ts';
import type { IssueFilter } from './job-issues.ts';
import type { CreateJobInput } from './job-input.ts';
import { jobStats } from './job-stats.ts';
import { retryJob } from './retry-job.ts';
import type { RetryInput } from './retry-job.ts';

/** The use cases of jobs. */
export function createJobs(deps: EngineDeps) {
  // Each holds a connection for as long as it takes to read all that a job wrote.
  const certify = takeTurns(2);
  return {
    create: (actor: Actor, input: CreateJobInput) => createJob(deps, actor, input),
    check: (actor: Actor, input: CreateJobInput) => checkJob(deps, actor, input),
    list: (actor: Actor, filter: JobFilter & Page) => listJobs(deps, actor, filter),
    get: (actor: Actor, jobId: string) => getJob(deps, actor, jobId),
    cancel: (actor: Actor, jobId: string) => cancelJob(deps, actor, jobId),
    pause: (actor: Actor, jobId: string) => pauseJob(deps, actor, jobId),
    resume: (actor: Actor, jobId: string) => resumeJob(deps, actor, jobId),
    retry: (actor: Actor, jobId: string, input: RetryInput = {}) => retryJob(deps, actor, jobId, input),
    certificate: (actor: Actor, jobId: string, signal: AbortSignal) =>
      certify(signal, () => certifyJob(deps, actor, jobId, signal)),
    records: (actor: Actor, filter: RecordFilter & Page) => listRecords(deps, actor, filter),
    stats: (actor: Actor, range: { dateFrom?: string | undefined; dateTo?: string | undefined }) =>
      jobStats(deps, actor, range),
    issues: (actor: Actor, jobId: string, filter: IssueFilter & Page) => jobIssues(deps, actor, jobId, filter),
  };
}

export type Jobs = ReturnType<typeof createJobs>;
