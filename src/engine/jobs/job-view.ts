import type { EntityManager } from '@mikro-orm/postgresql';
import type { Counters } from '../../domain/counters.ts';
import { NO_ROWS } from '../../domain/counters.ts';
import type { ImportJob } from '../../store/entities/import-job.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { User } from '../../store/entities/user.ts';
import { countersOfJobs } from '../../store/queries/partitions.ts';
import type { Orchestrator, WorkflowPlace } from '../ports.ts';

/** A job with all that is shown of it. */
export interface JobView {
  readonly job: ImportJob;
  readonly profile: { readonly id: string; readonly name: string; readonly databaseType: string } | null;
  readonly createdBy: { readonly id: string; readonly name: string } | null;
  readonly counters: Counters;
  readonly workflow: WorkflowPlace | null;
  /** The store's clock when this was read, for durations of what is still running. */
  readonly now: Date;
}

/** Completes jobs with their profiles, creators and counters, in a fixed number of queries however many they are. */
export async function viewJobs(
  em: EntityManager,
  orchestrator: Orchestrator,
  jobs: readonly ImportJob[],
): Promise<JobView[]> {
  if (jobs.length === 0) return [];
  const ids = (pick: (job: ImportJob) => string | null | undefined): string[] => [
    ...new Set(jobs.flatMap((job) => pick(job) ?? [])),
  ];
  const profileIds = ids((job) => job.profileId);
  const userIds = ids((job) => job.createdById);
  const profiles = profileIds.length === 0 ? [] : await em.find(ImportProfile, { id: { $in: profileIds } });
  const users = userIds.length === 0 ? [] : await em.find(User, { id: { $in: userIds } });
  const counters = await countersOfJobs(
    em,
    ids((job) => job.id),
  );
  const [clock]: { now: string | Date }[] = await em.execute('select clock_timestamp() as "now"');
  const now = new Date(clock?.now ?? Number.NaN);

  return jobs.map((job) => {
    const profile = profiles.find((candidate) => candidate.id === job.profileId);
    const user = users.find((candidate) => candidate.id === job.createdById);
    return {
      job,
      profile: profile ? { id: profile.id, name: profile.name, databaseType: profile.databaseType } : null,
      createdBy: user ? { id: user.id, name: user.name } : null,
      counters: counters.get(job.id) ?? NO_ROWS,
      workflow: job.workflowRunId
        ? { workflowId: job.id, runId: job.workflowRunId, url: orchestrator.urlOf(job.id, job.workflowRunId) }
        : null,
      now,
    };
  });
}
