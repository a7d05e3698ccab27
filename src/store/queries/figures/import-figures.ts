import type { EntityManager } from '@mikro-orm/postgresql';
import { NO_ROWS } from '../../../domain/counters.ts';
import type { Counters } from '../../../domain/counters.ts';
import { IN_SCOPE, scopeValues } from './figure-scope.ts';
import type { FigureScope } from './figure-scope.ts';

/** What a number of jobs did. Each attempt at a row counts: a row that failed and was retried counts twice. */
export interface ImportFigures {
  readonly jobs: number;
  readonly completed: number;
  readonly failed: number;
  /** Those that wait, run or are paused. */
  readonly running: number;
  readonly cancelled: number;
  readonly rows: Counters;
  /** Mean over the jobs that processed rows of the share of rows that did not fail, 0 to 1; null when none did. */
  readonly meanSuccess: number | null;
  /** Seconds from start to end of completed jobs, on average; null when none completed. */
  readonly averageDuration: number | null;
  /** Of the jobs that started and ended: their rows by the seconds they took; null when there are none. */
  readonly rowsPerSecond: number | null;
}

export const NO_FIGURES: ImportFigures = {
  jobs: 0,
  completed: 0,
  failed: 0,
  running: 0,
  cancelled: 0,
  rows: NO_ROWS,
  meanSuccess: null,
  averageDuration: null,
  rowsPerSecond: null,
};

interface FiguresRow {
  readonly jobs: string;
  readonly completed: string;
  readonly failed: string;
  readonly running: string;
  readonly cancelled: string;
  readonly rows_created: string | null;
  readonly rows_updated: string | null;
  readonly rows_skipped: string | null;
  readonly rows_failed: string | null;
  readonly rows_duplicates: string | null;
  readonly mean_success: string | null;
  readonly duration: string | null;
  readonly pace: string | null;
}

const COUNTERS = ['created', 'updated', 'skipped', 'failed', 'duplicates'] as const;

/** One row a job, with its counters. */
const ONE = `"j"."profile_id", "j"."status", "j"."created_at",
    date_part('epoch', "j"."completed_at" - "j"."started_at") as "seconds"`;

/**
 * The jobs of the scope, which is asked for twice: their totals, or the sums over their checkpoints while they have none.
 * Of the first, which are nearly all, nothing is read but the index `import_jobs_figures`.
 */
const JOBS = `
  select ${ONE}, ${COUNTERS.map((name) => `"j"."total_${name}" as "${name}"`).join(', ')}
  from "import_jobs" as "j" where "j"."total_created" is not null and ${IN_SCOPE}
  union all
  select ${ONE}, "c".* from "import_jobs" as "j" cross join lateral (
    select ${COUNTERS.map((name) => `coalesce(sum("${name}"), 0)::bigint as "${name}"`).join(', ')}
    from "import_partitions" where "job_id" = "j"."id"
  ) as "c" where "j"."totals" is null and ${IN_SCOPE}`;

/** Sums from which figures follow, also those of several groups of jobs together. */
const SUMS = `
  count(*) as "jobs",
  count(*) filter (where "status" = 'completed') as "completed",
  count(*) filter (where "status" = 'failed') as "failed",
  count(*) filter (where "status" in ('pending', 'running', 'paused')) as "running",
  count(*) filter (where "status" = 'cancelled') as "cancelled",
  ${COUNTERS.map((name) => `sum("${name}") as "rows_${name}"`).join(', ')},
  sum(1 - "failed"::float8 / "processed") filter (where "processed" > 0) as "success",
  count(*) filter (where "processed" > 0) as "with_rows",
  sum("seconds") filter (where "status" = 'completed') as "duration",
  count("seconds") filter (where "status" = 'completed') as "timed",
  sum("processed") filter (where "seconds" > 0) as "paced",
  sum("seconds") filter (where "seconds" > 0) as "pacing"`;

/** Sums of the jobs of the scope, by what an expression says of a job. */
const sumsBy = (group: string): string => `
  select ${group}, ${SUMS}
  from (select *, "created" + "updated" + "skipped" + "failed" as "processed" from (${JOBS}) as "j") as "j"
  group by ${group
    .split(', ')
    .map((_, index) => index + 1)
    .join(', ')}`;

const FIGURES = `
  ${['jobs', 'completed', 'failed', 'running', 'cancelled', ...COUNTERS.map((name) => `rows_${name}`)]
    .map((name) => `coalesce(sum("${name}"), 0) as "${name}"`)
    .join(', ')},
  sum("success") / nullif(sum("with_rows"), 0)::float8 as "mean_success",
  sum("duration") / nullif(sum("timed"), 0)::float8 as "duration",
  sum("paced")::float8 / sum("pacing") as "pace"`;

/** Figures of all jobs of a scope, of each day on which one was made, oldest first, and of each profile that is left. */
export async function figuresByDayAndProfile(
  em: EntityManager,
  scope: FigureScope,
): Promise<{
  readonly all: ImportFigures;
  readonly days: readonly { readonly day: string; readonly figures: ImportFigures }[];
  readonly profiles: readonly { readonly profileId: string; readonly figures: ImportFigures }[];
}> {
  const rows: (FiguresRow & { day: string | null; profile_id: string | null; grain: number })[] = await em.execute(
    `select to_char("day", 'YYYY-MM-DD') as "day", "profile_id", grouping("day", "profile_id") as "grain", ${FIGURES}
     from (${sumsBy(`("created_at" at time zone 'UTC')::date as "day", "profile_id"`)}) as "sums"
     group by grouping sets ((), ("sums"."day"), ("profile_id"))
     order by "sums"."day"`,
    twice(scope),
  );
  const all = rows.find(({ grain }) => grain === GRAIN.all);
  return {
    all: all ? figuresOf(all) : NO_FIGURES,
    days: rows.flatMap((row) =>
      row.grain === GRAIN.day && row.day !== null ? [{ day: row.day, figures: figuresOf(row) }] : [],
    ),
    profiles: rows.flatMap((row) =>
      row.grain === GRAIN.profile && row.profile_id !== null
        ? [{ profileId: row.profile_id, figures: figuresOf(row) }]
        : [],
    ),
  };
}

/** What `grouping(day, profile_id)` says: a bit for each of the two that a row is not grouped by. */
const GRAIN = { all: 3, day: 1, profile: 2 } as const;

/** How old a job is: 1 up to seven days, 2 up to thirty, 3 above. */
const AGE = `case when "created_at" >= now() - interval '168 hours' then 1
    when "created_at" >= now() - interval '720 hours' then 2 else 3 end as "age"`;

/** Figures of the jobs of a scope, all of them and those made in the last 7 and 30 times 24 hours. */
export async function figuresByAge(
  em: EntityManager,
  scope: FigureScope,
): Promise<Readonly<Record<'all' | 'last7Days' | 'last30Days', ImportFigures>>> {
  const rows: (FiguresRow & { age: 'all' | 'last7Days' | 'last30Days' })[] = await em.execute(
    `select "a"."age", ${FIGURES}
     from (values ('all', 3), ('last30Days', 2), ('last7Days', 1)) as "a" ("age", "up_to")
     join (${sumsBy(AGE)}) as "sums" on "sums"."age" <= "a"."up_to"
     group by "a"."age"`,
    twice(scope),
  );
  const found = { all: NO_FIGURES, last7Days: NO_FIGURES, last30Days: NO_FIGURES };
  return { ...found, ...Object.fromEntries(rows.map((row) => [row.age, figuresOf(row)])) };
}

/** Rows that the jobs of a scope created or updated, by target type. */
export async function importedByType(em: EntityManager, scope: FigureScope): Promise<Readonly<Record<string, number>>> {
  const rows: { type: string; imported: string }[] = await em.execute(
    `select "type", sum("imported") as "imported" from (
       select "e"."key" as "type", "e"."value"::bigint as "imported"
       from "import_jobs" as "j" cross join lateral jsonb_each_text("j"."imported_by_type") as "e"
       where "j"."total_created" is not null and ${IN_SCOPE}
       union all
       select "one" -> 'spec' ->> 'type', "p"."created" + "p"."updated"
       from "import_jobs" as "j" join "import_partitions" as "p" on "p"."job_id" = "j"."id"
       cross join lateral jsonb_array_elements("j"."targets") as "one"
       where ("one" ->> 'ordinal')::int = "p"."target_ordinal" and "j"."totals" is null and ${IN_SCOPE}
     ) as "t" group by "type" order by "type"`,
    twice(scope),
  );
  return Object.fromEntries(rows.map(({ type, imported }) => [type, Number(imported)]));
}

function figuresOf(row: FiguresRow): ImportFigures {
  return {
    jobs: Number(row.jobs),
    completed: Number(row.completed),
    failed: Number(row.failed),
    running: Number(row.running),
    cancelled: Number(row.cancelled),
    rows: {
      created: Number(row.rows_created),
      updated: Number(row.rows_updated),
      skipped: Number(row.rows_skipped),
      failed: Number(row.rows_failed),
      duplicates: Number(row.rows_duplicates),
    },
    meanSuccess: numberOrNull(row.mean_success),
    averageDuration: numberOrNull(row.duration),
    rowsPerSecond: numberOrNull(row.pace),
  };
}

const numberOrNull = (text: string | null): number | null => (text === null ? null : Number(text));

/** What a query is asked with that asks for the jobs that have ended and for the others. */
function twice(scope: FigureScope): (string | null)[] {
  return [...scopeValues(scope), ...scopeValues(scope)];
}
