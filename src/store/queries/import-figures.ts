import type { EntityManager } from '@mikro-orm/postgresql';
import { NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
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

/** One row a job, with its counters from `c`. */
const ONE = `"j"."profile_id", "j"."status", "j"."created_at",
    extract(epoch from "j"."completed_at" - "j"."started_at")::float8 as "seconds",
    "c".*, "c"."created" + "c"."updated" + "c"."skipped" + "c"."failed" as "processed"`;

/** The jobs of the scope, which is asked for twice: their totals, or the sums over their checkpoints while they have none. */
const JOBS = `
  select ${ONE} from "import_jobs" as "j" cross join lateral (
    select ${COUNTERS.map((name) => `("j"."totals" ->> '${name}')::bigint as "${name}"`).join(', ')}
  ) as "c" where "j"."totals" is not null and ${IN_SCOPE}
  union all
  select ${ONE} from "import_jobs" as "j" cross join lateral (
    select ${COUNTERS.map((name) => `coalesce(sum("${name}"), 0)::bigint as "${name}"`).join(', ')}
    from "import_partitions" where "job_id" = "j"."id"
  ) as "c" where "j"."totals" is null and ${IN_SCOPE}`;

const FIGURES = `
  count("j"."status") as "jobs",
  count(*) filter (where "j"."status" = 'completed') as "completed",
  count(*) filter (where "j"."status" = 'failed') as "failed",
  count(*) filter (where "j"."status" in ('pending', 'running', 'paused')) as "running",
  count(*) filter (where "j"."status" = 'cancelled') as "cancelled",
  sum("j"."created") as "rows_created", sum("j"."updated") as "rows_updated", sum("j"."skipped") as "rows_skipped",
  sum("j"."failed") as "rows_failed", sum("j"."duplicates") as "rows_duplicates",
  avg(1 - "j"."failed"::float8 / "j"."processed") filter (where "j"."processed" > 0) as "mean_success",
  avg("j"."seconds") filter (where "j"."status" = 'completed') as "duration",
  sum("j"."processed") filter (where "j"."seconds" > 0)
    / sum("j"."seconds") filter (where "j"."seconds" > 0) as "pace"`;

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
    `with "j" as materialized (${JOBS})
     select to_char("d"."day", 'YYYY-MM-DD') as "day", "j"."profile_id",
       grouping("d"."day", "j"."profile_id") as "grain", ${FIGURES}
     from "j" cross join lateral (select ("j"."created_at" at time zone 'UTC')::date as "day") as "d"
     group by grouping sets ((), ("d"."day"), ("j"."profile_id"))
     order by "d"."day"`,
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

/** Figures of the jobs of a scope, all of them and those made in the last 7 and 30 times 24 hours. */
export async function figuresByAge(
  em: EntityManager,
  scope: FigureScope,
): Promise<Readonly<Record<'all' | 'last7Days' | 'last30Days', ImportFigures>>> {
  const rows: (FiguresRow & { age: 'all' | 'last7Days' | 'last30Days' })[] = await em.execute(
    `with "j" as materialized (${JOBS})
     select "a"."age", ${FIGURES}
     from (values ('all', '-infinity'::timestamptz), ('last7Days', now() - interval '168 hours'),
       ('last30Days', now() - interval '720 hours')) as "a" ("age", "since")
     join "j" on "j"."created_at" >= "a"."since"
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
       where "j"."totals" is not null and ${IN_SCOPE}
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
