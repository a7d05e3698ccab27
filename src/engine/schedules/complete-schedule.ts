import { parseCron } from '../../domain/cron.ts';
import { AppError, invalid, mistakesOf } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { FindTarget } from '../../domain/target.ts';
import { DEFAULT_CATCHUP_SECONDS, MAX_INTERVAL_SECONDS } from '../../domain/schedule.ts';
import type { SinceLastRun } from '../../domain/schedule.ts';
import { findTimeZone } from '../../domain/time-zone.ts';
import type { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { planJob } from '../jobs/job-plan.ts';
import type { JobPlan } from '../jobs/job-plan.ts';
import { importerPlan } from './importer-plan.ts';
import type { ScheduleInput } from './schedule-input.ts';
import type { ScheduledSource } from './scheduled-source.ts';

/** What of a schedule somebody may say. */
export type ScheduleContent = Pick<
  ImportSchedule,
  'name' | 'cron' | 'intervalSeconds' | 'timezone' | 'overlap' | 'catchupWindowSeconds' | 'options' | 'mode'
> & { readonly profileId: string | null; readonly importerId: string | null };

type Content = Omit<ScheduleContent, 'profileId' | 'importerId'>;

/**
 * A schedule as it will be: what was asked, else what it is, else the defaults.
 * @param source what it is to import, null when there is none such
 * @param find the targets of its tenant
 * @throws AppError `validation` with every mistake by its field on the wire
 */
export function completeSchedule(
  input: ScheduleInput,
  before: Content | null,
  source: ScheduledSource | null,
  find: FindTarget,
): ScheduleContent {
  const mistakes: Record<string, string[]> = {};
  const mistake = (field: string, sentence: string): void => void (mistakes[field] ??= []).push(sentence);

  const name = input.name ?? before?.name ?? '';
  if (name.trim() === '') mistake('name', 'The name field is required.');
  const timing = completeTiming(input, before, mistake);
  const given = input.timezone ?? before?.timezone ?? 'UTC';
  const timezone = findTimeZone(given);
  if (timezone === null) {
    mistake('timezone', `The time zone ${given} is not known: name one of the IANA database, such as Europe/Berlin.`);
  }
  const options = input.options ?? before?.options ?? {};
  const sinceLastRun = options.sinceLastRun ?? null;
  let plan: RunPlan | null = null;
  if (input.profileId !== undefined && input.importer !== undefined) {
    mistake('importer', 'Give either profile_id or importer, not both.');
  }
  if (source === null) tellMissing(input, mistake);
  else {
    try {
      const had = source.kind === 'importer' ? { ...before?.mode, importMode: undefined } : before?.mode;
      plan = runPlan(source, options, input.mode ?? had ?? {}, find);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'validation') throw error;
      for (const [field, sentences] of Object.entries(mistakesOf(error))) {
        for (const sentence of sentences) mistake(field, sentence);
      }
    }
  }
  if (source?.kind === 'importer') {
    if (sinceLastRun !== null) mistake('options.since_last_run', 'A file is always read whole.');
  } else checkSince(sinceLastRun, plan?.types ?? null, options.filters?.limit ?? null, mistake);
  if (source === null || plan === null || timezone === null || Object.keys(mistakes).length > 0)
    throw invalid(mistakes);
  return {
    name,
    profileId: source.kind === 'profile' ? source.profile.id : null,
    importerId: source.kind === 'importer' ? source.importer.id : null,
    ...timing,
    timezone,
    overlap: input.overlap ?? before?.overlap ?? 'skip',
    catchupWindowSeconds: input.catchupWindowSeconds ?? before?.catchupWindowSeconds ?? DEFAULT_CATCHUP_SECONDS,
    options: { ...plan.options, sinceLastRun },
    mode: plan.mode,
  };
}

/** What `completeSchedule` would refuse, as data. */
export function scheduleMistakes(...asked: Parameters<typeof completeSchedule>): FieldMistakes {
  try {
    completeSchedule(...asked);
    return {};
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation') return mistakesOf(error);
    throw error;
  }
}

const REQUIRED = 'The profile id field is required.';

function tellMissing({ profileId, importer }: ScheduleInput, mistake: Mistake): void {
  if (importer !== undefined && profileId === undefined) mistake('importer', 'The selected importer is invalid.');
  else mistake('profile_id', profileId === undefined ? REQUIRED : 'The selected profile id is invalid.');
}

/** What each run does, and the types it fills. */
type RunPlan = Pick<JobPlan, 'options' | 'mode'> & { readonly types: readonly string[] };

/** Throws `validation` with what does not fit. */
function runPlan(
  source: ScheduledSource,
  options: NonNullable<ScheduleInput['options']>,
  mode: NonNullable<ScheduleInput['mode']>,
  find: FindTarget,
): RunPlan {
  if (source.kind === 'importer') return importerPlan(source.importer, options, mode, find);
  const { id, queries } = source.profile;
  const { targets, ...plan } = planJob({ profileId: id, options, mode }, queries, find);
  return { ...plan, types: targets.map(({ spec }) => spec.type) };
}

type Mistake = (field: string, sentence: string) => void;

/** Cron or interval: naming one takes the place of the other. */
function completeTiming(
  input: ScheduleInput,
  before: Content | null,
  mistake: Mistake,
): { cron: string | null; intervalSeconds: number | null } {
  const asked = { cron: input.cron ?? null, intervalSeconds: input.intervalSeconds ?? null };
  const had = { cron: before?.cron ?? null, intervalSeconds: before?.intervalSeconds ?? null };
  const saysNothing = input.cron === undefined && input.intervalSeconds === undefined;
  const dropsOther =
    (input.cron === undefined && asked.intervalSeconds === null && had.cron !== null) ||
    (input.intervalSeconds === undefined && asked.cron === null && had.intervalSeconds !== null);
  const timing = saysNothing || dropsOther ? had : asked;
  if (timing.cron === null && timing.intervalSeconds === null) {
    mistake('cron', 'Give either cron or interval_seconds.');
  } else if (timing.cron !== null && timing.intervalSeconds !== null) {
    mistake('cron', 'Give either cron or interval_seconds, not both.');
  }
  if (timing.cron !== null) {
    const parsed = parseCron(timing.cron);
    if ('mistakes' in parsed) for (const sentence of parsed.mistakes) mistake('cron', sentence);
  }
  const { intervalSeconds } = timing;
  if (
    intervalSeconds !== null &&
    !(Number.isInteger(intervalSeconds) && intervalSeconds >= 1 && intervalSeconds <= MAX_INTERVAL_SECONDS)
  ) {
    mistake('interval_seconds', `The interval seconds must be between 1 and ${MAX_INTERVAL_SECONDS}.`);
  }
  return timing;
}

function checkSince(
  since: SinceLastRun | null,
  types: readonly string[] | null,
  limit: number | null,
  mistake: Mistake,
): void {
  if (since === null) return;
  if (limit !== null) {
    const reason = 'of the rows that it leaves out nobody knows that they were not read';
    mistake('options.import_filters.limit', `A limit cannot be combined with since_last_run: ${reason}.`);
  }
  if (typeof since !== 'object' || types === null) return;
  for (const type of Object.keys(since)) {
    if (!types.includes(type))
      mistake(`options.since_last_run.${type}`, `The schedule does not import the type ${type}.`);
  }
}
