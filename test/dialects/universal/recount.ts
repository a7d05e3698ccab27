import type { MikroORM } from '@mikro-orm/postgresql';

/** What to count again. */
export interface Recount {
  readonly tenantId: string;
  readonly profileId?: string;
  readonly dateFrom?: string;
  readonly dateTo?: string;
  readonly strategy?: string;
  readonly confidenceMin?: number;
}

interface Job {
  readonly number: string;
  readonly profile: { readonly id: string; readonly name: string; readonly database_type: string } | null;
  readonly status: string;
  readonly strategy: string;
  readonly type: string;
  readonly day: string;
  readonly age: number;
  readonly seconds: number | null;
}

interface Row {
  readonly job: string;
  readonly action: 'created' | 'updated' | 'skipped' | 'failed';
  readonly claimed: boolean;
  readonly strategy: string | null;
  readonly confidence: number | null;
  readonly status: string | null;
  readonly verdict: 'duplicate' | 'distinct' | null;
}

const percent = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((1_000 * part) / whole) / 10;
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
const oneDecimal = (value: number | null): number | null => (value === null ? null : Math.round(10 * value) / 10);
const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));

/** What the analytics must say, counted row by row in the ledger and by no summary of it. */
export async function recount(
  orm: MikroORM,
  of: Recount,
): Promise<{ dashboard: object; profileStats: object; duplicates: object }> {
  const em = orm.em.fork();
  const jobs: Job[] = await em.execute(
    `select "j"."number"::text as "number", "j"."status",
       case when "p"."id" is not null then json_build_object('id', "p"."id", 'name', "p"."name",
         'database_type', "p"."database_type") end as "profile",
       "j"."mode" -> 'duplicateDetection' ->> 'strategy' as "strategy", "j"."targets" -> 0 -> 'spec' ->> 'type' as "type",
       to_char("j"."created_at" at time zone 'UTC', 'YYYY-MM-DD') as "day",
       extract(epoch from now() - "j"."created_at")::float as "age",
       extract(epoch from "j"."completed_at" - "j"."started_at")::float as "seconds"
     from "import_jobs" as "j" left join "import_profiles" as "p" on "p"."id" = "j"."profile_id"
     where "j"."tenant_id" = ? and "j"."kind" not in ('validate', 'rollback', 'export') order by "j"."created_at"`,
    [of.tenantId],
  );
  const chosen = jobs.filter(
    ({ profile, day }) =>
      (of.profileId === undefined || profile?.id === of.profileId) &&
      (of.dateFrom === undefined || day >= of.dateFrom) &&
      (of.dateTo === undefined || day <= of.dateTo),
  );
  const rows: Row[] = await em.execute(
    `select "job_number"::text as "job", "action"::text, "duplicate_of" is not null as "claimed",
       "matched" ->> 'strategy' as "strategy", ("matched" ->> 'confidence')::float as "confidence",
       "review_status" as "status", "review_verdict"::text as "verdict"
     from "import_records" where "job_number" = any(?::bigint[])`,
    [`{${chosen.map(({ number }) => number).join(',')}}`],
  );
  return {
    dashboard: dashboardOf(chosen, rows),
    profileStats: statsOf(chosen, rows),
    duplicates: matchesOf(chosen, rows, of),
  };
}

interface Group {
  readonly jobs: readonly Job[];
  readonly rows: readonly Row[];
}

const rowsOf = (jobs: readonly Job[], rows: readonly Row[]): Row[] =>
  rows.filter(({ job }) => jobs.some(({ number }) => number === job));
const did = ({ rows }: Group, ...actions: readonly string[]): number =>
  rows.filter(({ action }) => actions.includes(action)).length;
const success = (group: Group): number | null => percent(group.rows.length - did(group, 'failed'), group.rows.length);
const duration = ({ jobs }: Group): number | null =>
  whole(mean(jobs.flatMap(({ status, seconds }) => (status === 'completed' && seconds !== null ? [seconds] : []))));

function counts({ jobs }: Group): object {
  const standing = (...statuses: readonly string[]): number =>
    jobs.filter(({ status }) => statuses.includes(status)).length;
  return {
    total_jobs: jobs.length,
    completed_jobs: standing('completed'),
    failed_jobs: standing('failed'),
    running_jobs: standing('pending', 'running', 'paused'),
    cancelled_jobs: standing('cancelled'),
  };
}

function successes(group: Group): object {
  return { success_rate: success(group), records_processed: group.rows.length, records_failed: did(group, 'failed') };
}

function performance(group: Group): object {
  const timed = group.jobs.filter(({ seconds }) => seconds !== null && seconds > 0);
  const seconds = timed.reduce((sum, job) => sum + (job.seconds ?? 0), 0);
  return {
    records_processed: group.rows.length,
    average_duration: duration(group),
    records_per_second: seconds === 0 ? null : oneDecimal(rowsOf(timed, group.rows).length / seconds),
  };
}

function dashboardOf(jobs: readonly Job[], rows: readonly Row[]): object {
  const all = { jobs, rows };
  const days = [...new Set(jobs.map(({ day }) => day))].toSorted().map((date) => {
    const made = jobs.filter(({ day }) => day === date);
    return { date, group: { jobs: made, rows: rowsOf(made, rows) } };
  });
  const profiles = [...new Set(jobs.flatMap(({ profile }) => profile?.id ?? []))].map((id) => {
    const made = jobs.filter(({ profile }) => profile?.id === id);
    return { profile: made[0]?.profile, group: { jobs: made, rows: rowsOf(made, rows) } };
  });
  const rates = jobs.flatMap((job) => {
    const own = rowsOf([job], rows);
    return own.length === 0 ? [] : [100 - (100 * did({ jobs, rows: own }, 'failed')) / own.length];
  });
  return {
    overview: {
      total_jobs: jobs.length,
      total_records_processed: rows.length,
      total_records_imported: did(all, 'created'),
      total_records_updated: did(all, 'updated'),
      total_records_skipped: did(all, 'skipped'),
      total_records_failed: did(all, 'failed'),
      average_success_rate: oneDecimal(mean(rates)),
      average_duration: duration(all),
    },
    trends: {
      daily_jobs: days.map(({ date, group }) => ({ date, ...counts(group) })),
      success_rates: days.map(({ date, group }) => ({ date, ...successes(group) })),
      performance_metrics: days.map(({ date, group }) => ({ date, ...performance(group) })),
    },
    top_profiles: profiles
      .toSorted((a, b) => b.group.rows.length - a.group.rows.length)
      .map(({ profile, group }) => ({
        profile,
        job_count: group.jobs.length,
        success_rate: success(group),
        total_records: group.rows.length,
      })),
  };
}

function statsOf(jobs: readonly Job[], rows: readonly Row[]): object {
  const all = { jobs, rows };
  const period = (days: number): object => {
    const made = jobs.filter(({ age }) => age <= days * 86_400);
    const group = { jobs: made, rows: rowsOf(made, rows) };
    return {
      ...counts(group),
      ...successes(group),
      records_imported: did(group, 'created', 'updated'),
      ...performance(group),
    };
  };
  const types = [...new Set(jobs.map(({ type }) => type))];
  const { true_positives } = judgementOf(jobs, rows);
  return {
    total_jobs: jobs.length,
    success_rate: success(all),
    average_duration: duration(all),
    total_records_imported: did(all, 'created', 'updated'),
    duplicate_detection_effectiveness: true_positives,
    recent_performance: { last_7_days: period(7), last_30_days: period(30) },
    record_breakdown: Object.fromEntries(
      types.map((type) => {
        const made = jobs.filter((job) => job.type === type);
        return [type, did({ jobs: made, rows: rowsOf(made, rows) }, 'created', 'updated')];
      }),
    ),
  };
}

/** What a reviewer said of a row, as far as duplicates go. */
function opinion({ claimed, status, verdict }: Row): 'duplicate' | 'distinct' | null {
  if (verdict !== null) return verdict;
  if (!claimed) return null;
  return status === 'approved' ? 'duplicate' : status === 'rejected' ? 'distinct' : null;
}

function judgementOf(jobs: readonly Job[], rows: readonly Row[]): Readonly<Record<string, number | null>> {
  const judged = rowsOf(jobs, rows).flatMap((row) => {
    const said = opinion(row);
    return said === null ? [] : [{ claimed: row.claimed, said }];
  });
  const number = (claimed: boolean, said: string): number =>
    judged.filter((one) => one.claimed === claimed && one.said === said).length;
  const [right, wrong, missed] = [number(true, 'duplicate'), number(true, 'distinct'), number(false, 'duplicate')];
  const sum = right + wrong + missed;
  return {
    true_positives: percent(right, sum),
    false_positives: percent(wrong, sum),
    false_negatives: judged.some(({ claimed }) => !claimed) ? percent(missed, sum) : null,
    reviewed_matches: right + wrong,
    pending_matches: rows.filter((row) => row.claimed && opinion(row) === null && row.status === 'pending').length,
  };
}

function matchesOf(jobs: readonly Job[], rows: readonly Row[], { strategy, confidenceMin = 0 }: Recount): object {
  const strategyOf = (row: Row): string | null =>
    row.claimed ? row.strategy : (jobs.find(({ number }) => number === row.job)?.strategy ?? null);
  const chosen = rows.filter(
    (row) =>
      (strategy === undefined || strategyOf(row) === strategy) &&
      (confidenceMin === 0 || (row.confidence ?? 0) >= confidenceMin),
  );
  const claims = chosen.filter(({ claimed }) => claimed);
  const bounds = [90, 80, 70, 60, 50, 40, 30, 20, 10, 0].map((from) => [from, from === 90 ? 100 : from + 9] as const);
  return {
    detection_strategies: Object.fromEntries(
      (strategy === undefined ? ['exact', 'fuzzy'] : [strategy]).map((name) => {
        const own = claims.filter((row) => row.strategy === name);
        const said = own.map(opinion).filter((one) => one !== null);
        return [
          name,
          {
            total_matches: own.length,
            average_confidence: oneDecimal(mean(own.map(({ confidence }) => confidence ?? 0))),
            false_positive_rate: percent(said.filter((one) => one === 'distinct').length, said.length),
          },
        ];
      }),
    ),
    confidence_distribution: bounds
      .filter(([, upTo]) => upTo >= confidenceMin)
      .map(([from, upTo]) => ({
        range: `${from}-${upTo}%`,
        count: claims.filter(({ confidence }) => (confidence ?? 0) >= from && (confidence ?? 0) < upTo + 1).length,
      })),
    effectiveness_metrics: judgementOf(jobs, chosen),
  };
}
