import { z } from 'zod';
import type { FieldMistakes } from '../../domain/errors.ts';
import { MAX_CATCHUP_SECONDS, MIN_CATCHUP_SECONDS, OVERLAPS } from '../../domain/schedule.ts';
import type { ScheduleInput } from '../../engine/schedules/schedule-input.ts';
import { anyText, text, uuid } from '../inputs.ts';
import { modeBody } from '../mode-body.ts';
import { optionFields, toOptions } from './job-body.ts';

/** `false` and `null` are nothing, like leaving it out. */
const sinceLastRun = z
  .union([z.boolean(), text(), z.record(text(), text())])
  .nullish()
  .transform((given) => (given === false || given === undefined ? null : given));

const options = z
  .object({ ...optionFields, since_last_run: sinceLastRun })
  .transform((given) => ({ ...toOptions(given), sinceLastRun: given.since_last_run }));

/**
 * A schedule, or what is to be different of one; what has to be there the engine knows, which sees both.
 */
export const scheduleBody: z.ZodType<ScheduleInput> = z
  .object({
    name: anyText().optional(),
    profile_id: uuid.nullish(),
    importer: text(200).nullish(),
    cron: anyText().nullish(),
    interval_seconds: z.number().nullish(),
    timezone: anyText(100).optional(),
    overlap: z.enum(OVERLAPS).optional(),
    catchup_window_seconds: z.number().int().min(MIN_CATCHUP_SECONDS).max(MAX_CATCHUP_SECONDS).optional(),
    options: options.nullish(),
    mode_config: modeBody,
  })
  .transform((given) => ({
    name: given.name,
    profileId: given.profile_id ?? undefined,
    importer: given.importer ?? undefined,
    cron: given.cron,
    intervalSeconds: given.interval_seconds,
    timezone: given.timezone,
    overlap: given.overlap,
    catchupWindowSeconds: given.catchup_window_seconds,
    options: given.options ?? undefined,
    mode: given.mode_config,
  }));

/**
 * An input whose faulty fields were left out, for checking the rest: of a timing that is wrong it is not to be told that
 * it is missing.
 */
export function checkable(input: ScheduleInput, told: FieldMistakes): ScheduleInput {
  const wrong = 'cron' in told || 'interval_seconds' in told;
  return wrong && !input.cron && !input.intervalSeconds ? { ...input, cron: null, intervalSeconds: 1 } : input;
}
