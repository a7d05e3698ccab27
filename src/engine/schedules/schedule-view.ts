import type { EntityManager } from '@mikro-orm/postgresql';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import type { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { User } from '../../store/entities/user.ts';
import { jobsOfRuns } from '../../store/queries/jobs/schedule-runs.ts';
import type { EngineDeps } from '../deps.ts';
import type { KeptSchedule } from '../ports.ts';

/** A schedule with all that is shown of it. */
export interface ScheduleView {
  readonly schedule: ImportSchedule;
  readonly profile: { readonly id: string; readonly name: string } | null;
  readonly importer: { readonly id: string; readonly slug: string; readonly name: string } | null;
  readonly createdBy: { readonly id: string; readonly name: string } | null;
  readonly paused: boolean;
  /** The next moments it is due; none while it is paused. */
  readonly nextRuns: readonly Date[];
  /** The jobs of its last runs, the newest first. */
  readonly recentJobs: readonly { readonly jobId: string; readonly scheduledAt: Date }[];
}

/** Schedules looked up at their keeper at a time. */
const AT_ONCE = 10;

/** Completes schedules with what is shown with them; throws `unavailable` while their keeper does not answer. */
export async function viewSchedules(
  { orchestrator }: Pick<EngineDeps, 'orchestrator'>,
  em: EntityManager,
  schedules: readonly ImportSchedule[],
): Promise<ScheduleView[]> {
  if (schedules.length === 0) return [];
  const kept = new Map<string, KeptSchedule | null>();
  const waiting = [...schedules];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      kept.set(next.id, await orchestrator.schedules.find(next.id));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const profileIds = [...new Set(schedules.flatMap(({ profileId }) => profileId ?? []))];
  const userIds = [...new Set(schedules.map(({ createdById }) => createdById))];
  const profiles = await em.find(ImportProfile, { id: { $in: profileIds } });
  const importerIds = schedules.flatMap(({ importerId }) => importerId ?? []);
  const importers = await em.find(ImportImporter, { id: { $in: importerIds } });
  const users = await em.find(User, { id: { $in: userIds } });
  const runs = [...kept.values()].flatMap((each) => each?.recentRuns ?? []);
  const jobs = await jobsOfRuns(
    em,
    runs.map(({ workflowId }) => workflowId),
  );
  return schedules.map((schedule) => {
    const profile = profiles.find(({ id }) => id === schedule.profileId);
    const importer = importers.find(({ id }) => id === schedule.importerId);
    const user = users.find(({ id }) => id === schedule.createdById);
    // One that was deleted in Temporal alone is made again by the sweep.
    const found = kept.get(schedule.id) ?? null;
    return {
      schedule,
      profile: profile ? { id: profile.id, name: profile.name } : null,
      importer: importer ? { id: importer.id, slug: importer.slug, name: importer.name } : null,
      createdBy: user ? { id: user.id, name: user.name } : null,
      paused: found?.paused ?? schedule.paused,
      nextRuns: found?.nextRuns ?? [],
      recentJobs: (found?.recentRuns ?? []).toReversed().flatMap(({ workflowId, scheduledAt }) => {
        const jobId = jobs.get(workflowId);
        return jobId === undefined ? [] : [{ jobId, scheduledAt }];
      }),
    };
  });
}
