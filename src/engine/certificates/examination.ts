import type { PoolClient } from 'pg';
import type { ImportJob, JobTarget } from '../../store/entities/import-job.ts';
import type { EngineDeps } from '../deps.ts';

/** One type of a job under examination. */
export interface Examination {
  readonly deps: EngineDeps;
  readonly job: ImportJob;
  readonly target: JobTarget;
  readonly client: PoolClient;
  readonly signal: AbortSignal;
}
