/** Numbers from `start` to `end`. */
export interface CronRange {
  readonly start: number;
  readonly end: number;
}

/** Moments at second 0 that fit all five; months from 1, days of the week from 0 for Sunday. */
export interface CronCalendar {
  readonly minute: readonly CronRange[];
  readonly hour: readonly CronRange[];
  readonly dayOfMonth: readonly CronRange[];
  readonly month: readonly CronRange[];
  readonly dayOfWeek: readonly CronRange[];
}

/** The moments an expression means, any calendar of them, or what is wrong with it, in full sentences. */
export type ParsedCron = { readonly calendars: readonly CronCalendar[] } | { readonly mistakes: readonly string[] };

interface FieldRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, the first for `min`. */
  readonly names: readonly string[];
}

const MINUTE: FieldRule = { name: 'minute', min: 0, max: 59, names: [] };
const HOUR: FieldRule = { name: 'hour', min: 0, max: 23, names: [] };
const DAY_OF_MONTH: FieldRule = { name: 'day of the month', min: 1, max: 31, names: [] };
const MONTH: FieldRule = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
/** Sunday is 0 and 7. */
const DAY_OF_WEEK: FieldRule = {
  name: 'day of the week',
  min: 0,
  max: 7,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const LONGEST_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Parses a cron expression of five fields (minute, hour, day of the month, month, day of the week) or a nickname such as
 * `@daily`. As cron has it, an expression that limits both kinds of days means the days that fit either.
 */
export function parseCron(text: string): ParsedCron {
  const trimmed = text.trim().toLowerCase();
  const parts = (NICKNAMES[trimmed] ?? trimmed).split(/\s+/u);
  const [minutes, hours, daysOfMonth, months, daysOfWeek, ...more] = parts;
  if (
    minutes === undefined ||
    hours === undefined ||
    daysOfMonth === undefined ||
    months === undefined ||
    daysOfWeek === undefined ||
    more.length > 0
  ) {
    const known = Object.keys(NICKNAMES).join(', ');
    const form = 'A cron expression has five fields: minute, hour, day of the month, month and day of the week';
    return { mistakes: [trimmed.startsWith('@') ? `${form}, or is one of ${known}.` : `${form}.`] };
  }
  const mistakes: string[] = [];
  const minute = values(minutes, MINUTE, mistakes);
  const hour = values(hours, HOUR, mistakes);
  const dayOfMonth = values(daysOfMonth, DAY_OF_MONTH, mistakes);
  const month = values(months, MONTH, mistakes);
  const dayOfWeek = new Set([...values(daysOfWeek, DAY_OF_WEEK, mistakes)].map((day) => day % 7));
  const either = !isAny(daysOfMonth) && !isAny(daysOfWeek);
  if (mistakes.length === 0 && !either && !hasDay(dayOfMonth, month)) {
    mistakes.push('The cron expression names no day that any month has.');
  }
  if (mistakes.length > 0) return { mistakes };
  const rest = { minute: ranges(minute), hour: ranges(hour), month: ranges(month) };
  const everyDay = { dayOfMonth: [{ start: 1, end: 31 }], dayOfWeek: [{ start: 0, end: 6 }] };
  if (!either) return { calendars: [{ ...rest, dayOfMonth: ranges(dayOfMonth), dayOfWeek: ranges(dayOfWeek) }] };
  return {
    calendars: [
      { ...rest, ...everyDay, dayOfMonth: ranges(dayOfMonth) },
      { ...rest, ...everyDay, dayOfWeek: ranges(dayOfWeek) },
    ],
  };
}

/** Whether moments are named by their minute alone: those of every hour of every day. */
export function isEveryHour({ calendars }: { readonly calendars: readonly CronCalendar[] }): boolean {
  const covers = ([range, ...more]: readonly CronRange[], { min, max }: Pick<FieldRule, 'min' | 'max'>): boolean =>
    more.length === 0 && range?.start === min && range.end === max;
  return calendars.some(
    ({ hour, dayOfMonth, month, dayOfWeek }) =>
      covers(hour, HOUR) &&
      covers(dayOfMonth, DAY_OF_MONTH) &&
      covers(month, MONTH) &&
      covers(dayOfWeek, { min: 0, max: 6 }),
  );
}

/** Whether a field leaves its days open. */
function isAny(field: string): boolean {
  return field.startsWith('*') || field === '?';
}

function hasDay(days: ReadonlySet<number>, months: ReadonlySet<number>): boolean {
  return [...months].some((month) => [...days].some((day) => day <= (LONGEST_MONTH[month - 1] ?? 0)));
}

function values(field: string, rule: FieldRule, mistakes: string[]): Set<number> {
  const found = new Set<number>();
  for (const item of field.split(',')) {
    const range = parseItem(item, rule);
    if (typeof range === 'string') mistakes.push(`The ${rule.name} of the cron expression is wrong: ${range}.`);
    else for (let value = range.start; value <= range.end; value += range.step) found.add(value);
  }
  return found;
}

/** One item of a field's list, or what is wrong with it. */
function parseItem(item: string, rule: FieldRule): { start: number; end: number; step: number } | string {
  const [, range, from, to, every] = /^((?:\*|\?)|([^-/*?]+)(?:-([^-/*?]+))?)(?:\/(\d+))?$/u.exec(item) ?? [];
  if (range === undefined) return `"${item}" is neither a value, a range nor a step`;
  const step = every === undefined ? 1 : Number(every);
  if (step < 1 || step > rule.max) return `the step ${every} is not between 1 and ${rule.max}`;
  if (from === undefined) return { start: rule.min, end: rule.name === DAY_OF_WEEK.name ? 6 : rule.max, step };
  const start = parseValue(from, rule);
  if (start === null) return notIn(from, rule);
  if (to === undefined) return { start, end: every === undefined ? start : rule.max, step };
  const end = parseValue(to, rule);
  if (end === null) return notIn(to, rule);
  // Sunday ends a week as it begins one.
  if (rule.name === DAY_OF_WEEK.name && end === 0 && start > 0) return { start, end: 7, step };
  return start > end ? `the range ${from}-${to} ends before it begins` : { start, end, step };
}

function parseValue(text: string, { names, min, max }: FieldRule): number | null {
  const named = names.indexOf(text.slice(0, 3));
  if (named !== -1 && (text.length === 3 || FULL_NAMES.has(text))) return named + min;
  const value = /^\d{1,2}$/u.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
}

const FULL_NAMES: ReadonlySet<string> = new Set(
  `january february march april may june july august september october november december
  sunday monday tuesday wednesday thursday friday saturday`.split(/\s+/u),
);

function notIn(text: string, { min, max, names }: FieldRule): string {
  const alsoNames = names.length === 0 ? '' : ` or a name such as ${names[1]?.toUpperCase() ?? ''}`;
  return `"${text}" is not a number from ${min} to ${max}${alsoNames}`;
}

/** Numbers as the ranges they make. */
function ranges(numbers: ReadonlySet<number>): CronRange[] {
  const found: { start: number; end: number }[] = [];
  for (const number of [...numbers].toSorted((a, b) => a - b)) {
    const last = found.at(-1);
    if (last?.end === number - 1) last.end = number;
    else found.push({ start: number, end: number });
  }
  return found;
}
