import { z } from 'zod';
import { OVERLAPS } from '../../domain/schedule.ts';
import type { ScheduleView } from '../../engine/schedules/schedule-view.ts';
import { instant, messageAnswer, named, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { modeAnswer, optionsAnswer } from './job-answers.ts';
import { presentMode, presentOptions } from './present-job.ts';
import { moment } from './words.ts';

export const scheduleAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  profile_id: perhaps(z.uuid()),
  profile: perhaps(named),
  importer: perhaps(z.string()).describe('Its slug.'),
  importer_id: perhaps(z.uuid()),
  cron: perhaps(z.string()),
  interval_seconds: perhaps(z.int()),
  timezone: z.string(),
  overlap: z.enum(OVERLAPS),
  catchup_window_seconds: z.int(),
  options: optionsAnswer.extend({
    since_last_run: z
      .union([z.literal(true), z.string(), z.record(z.string(), z.string()), z.null()])
      .describe('By which column a row is new: by name, by name for each type, or true for the usual ones.'),
  }),
  mode_config: modeAnswer,
  paused: z.boolean(),
  next_runs: z.array(instant),
  recent_jobs: z.array(z.object({ job_id: z.uuid(), scheduled_at: instant })).describe('Newest first.'),
  read_up_to: z
    .record(z.string(), z.object({ column: z.string(), value: perhaps(z.string()) }))
    .describe('By type, how far its runs have read.'),
  created_by: perhaps(named),
  created_at: instant,
  updated_at: instant,
});

/** A schedule that something was done with. */
export const changedScheduleAnswer = messageAnswer.extend({ schedule: scheduleAnswer });

/** A schedule as the API shows it. */
export function presentSchedule(view: ScheduleView): Presented<typeof scheduleAnswer> {
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
    next_runs: view.nextRuns.map((at) => moment(at)),
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
