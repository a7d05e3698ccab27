import type { ScheduleView } from '../../engine/schedules/schedule-view.ts';
import { presentMode, presentOptions } from './present-job.ts';
import { moment } from './words.ts';

/** A schedule as the API shows it. */
export function presentSchedule(view: ScheduleView): object {
  const { schedule } = view;
  const { sinceLastRun, ...options } = schedule.options;
  return {
    id: schedule.id,
    name: schedule.name,
    profile_id: schedule.profileId ?? null,
    profile: view.profile,
    importer: view.importer?.slug ?? null,
    importer_id: view.importer?.id ?? null,
    cron: schedule.cron ?? null,
    interval_seconds: schedule.intervalSeconds ?? null,
    timezone: schedule.timezone,
    overlap: schedule.overlap,
    catchup_window_seconds: schedule.catchupWindowSeconds,
    options: { ...presentOptions(options), since_last_run: sinceLastRun },
    mode_config: presentMode(schedule.mode),
    paused: view.paused,
    next_runs: view.nextRuns.map(moment),
    recent_jobs: view.recentJobs.map(({ jobId, scheduledAt }) => ({
      job_id: jobId,
      scheduled_at: moment(scheduledAt),
    })),
    read_up_to: Object.fromEntries(
      Object.entries(schedule.cursors).map(([type, { column, value }]) => [type, { column, value }]),
    ),
    created_by: view.createdBy,
    created_at: moment(schedule.createdAt),
    updated_at: moment(schedule.updatedAt),
  };
}
