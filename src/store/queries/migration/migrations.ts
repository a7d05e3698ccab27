import type { EntityManager } from '@mikro-orm/postgresql';
import { isFinal } from '../../../domain/job.ts';
import type { JobStatus } from '../../../domain/job.ts';
import type { MigrationOrder, MigrationStatus, MigrationType, RowCounts } from '../../../domain/migration.ts';
import { rollbackOf, STANDS } from './migration-attempts.ts';
import { attemptsSql } from '../retries/retry-family.ts';

/** A migration job as it stands, by the jobs behind it. */
export interface MigrationState {
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly type: MigrationType;
  readonly fileName: string;
  readonly fileSize: number;
  readonly encoding: string;
  readonly delimiter: string;
  readonly columnMapping: Readonly<Record<string, string>> | null;
  readonly status: MigrationStatus;
  readonly totalRows: number;
  /** Of the import once that has begun, before of the newest validation. */
  readonly rows: RowCounts;
  /** The number of the job that these rows, and what is wrong with them, are of; null while there is none. */
  readonly issuesOf: number | null;
  /** The import waits until it is asked for. */
  readonly waits: boolean;
  /** It was asked for, and waits for the validation that is under way. */
  readonly starts: boolean;
  /** The newest validation. */
  readonly validation: { readonly id: string; readonly ended: boolean; readonly completed: boolean } | null;
  /** The newest rollback of all of it that was not undone itself. */
  readonly rollback: { readonly id: string; readonly ended: boolean; readonly completedAt: Date | null } | null;
  readonly errorMessage: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The import ended so long ago, by the database's clock, that it is not rolled back any more. */
  readonly isTooLate: boolean;
}

export interface MigrationSelection {
  readonly tenantId: string;
  /** Only those of this user. */
  readonly userId?: string | undefined;
  readonly id?: string;
  readonly type?: MigrationType | undefined;
  readonly status?: MigrationStatus | undefined;
}

/** How many of the tenant's migration jobs are importing, or will be as soon as their validation has ended. */
export async function countImporting(em: EntityManager, tenantId: string): Promise<number> {
  const unfinished = `in ('pending', 'running', 'paused')`;
  const [row]: { importing: string }[] = await em.execute(
    `select count(*) as "importing" from "import_migrations" as "m" join "import_jobs" as "j" on "j"."id" = "m"."id"
     where "m"."tenant_id" = ?::uuid and "m"."deleted_at" is null and "j"."status" ${unfinished}
       and (not "j"."held" or "m"."starts" and exists (
         select from "import_jobs" as "v"
         where "v"."migration_id" = "m"."id" and "v"."kind" = 'validate' and "v"."status" ${unfinished}))`,
    [tenantId],
  );
  return Number(row?.importing);
}

/** Which of the selected migration jobs, in which order. */
export interface MigrationPage {
  readonly order: MigrationOrder;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** A page of migration jobs; those that were deleted are left out. `lateHours` after their end they are too late. */
export async function pageOfMigrations(
  em: EntityManager,
  selection: MigrationSelection,
  { order, descending, limit, offset }: MigrationPage,
  lateHours: number,
): Promise<MigrationState[]> {
  const { where, values } = condition(selection);
  const direction = descending ? 'desc' : 'asc';
  const nulls = order === 'started_at' || order === 'completed_at' ? 'nulls last' : '';
  const rows: StateRow[] = await em.execute(
    `select "s".*,
       coalesce("import_ended_at" < clock_timestamp() - make_interval(hours => ?), false) as "is_too_late"
     from (${STATES}) as "s" where ${where}
     order by "${order}" ${direction} ${nulls}, "number" ${direction} limit ? offset ?`,
    [lateHours, ...values, limit, offset],
  );
  return rows.map(stateOf);
}

/** How many migration jobs a selection has. The status of each is worked out only where it is asked for. */
export async function countMigrations(em: EntityManager, selection: MigrationSelection): Promise<number> {
  const { where, values } = condition(selection);
  const [row]: { total: string }[] = await em.execute(
    `select count(*) as "total" from (${selection.status === undefined ? MIGRATIONS : STATES}) as "s" where ${where}`,
    values,
  );
  return Number(row?.total);
}

function condition({ tenantId, userId, id, type, status }: MigrationSelection): { where: string; values: string[] } {
  const conditions: [string, string | undefined][] = [
    [`"tenant_id" = ?::uuid`, tenantId],
    [`"user_id" = ?::uuid`, userId],
    [`"id" = ?::uuid`, id],
    [`"import_type" = ?`, type],
    [`"status" = ?`, status],
  ];
  const asked = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  return { where: asked.map(({ sql }) => sql).join(' and '), values: asked.map(({ value }) => value) };
}

const MIGRATIONS = `
  select "id", "tenant_id", "created_by_id" as "user_id", "type" as "import_type" from "import_migrations"
  where "deleted_at" is null`;

const sumsOf = (job: string): string => `
  select sum("created" + "updated" + "skipped" + "failed") as "processed", sum("failed") as "failed",
    sum("created" + "updated" + "skipped") as "taken"
  from "import_partitions" where "job_id" = ${job}."id"`;

/** Where rows of an import were tried again: how many have an outcome, and how many of these failed at their last attempt. */
const ATTEMPTED = `
  select count(*) as "processed", count(*) filter (where "action" = 'failed') as "failed"
  from (
    select distinct on ("row_number") "action" from "import_records"
    where "job_number" in ${attemptsSql('"j"."number"')} and "target_ordinal" = 0
    order by "row_number", "job_number" desc
  ) as "newest"
  where exists (select from "import_retries" where "root_number" = "j"."number")
  having count(*) > 0`;

const STATES = `
  select "m"."id", "j"."number", "m"."tenant_id", "m"."created_by_id" as "user_id", "m"."type" as "import_type",
    "m"."encoding", "m"."delimiter", "m"."column_mapping", "m"."starts", "f"."name" as "file_name",
    "f"."size" as "file_size", "j"."held" and "j"."status" = 'pending' as "waits",
    "v"."id" as "validation_id", "v"."status" as "validation_status",
    "r"."id" as "rollback_id", "r"."status" as "rollback_status", "r"."completed_at" as "rollback_at",
    "m"."total_rows", "j"."completed_at" as "import_ended_at",
    case
      when "r"."status" = 'completed' and not ${STANDS} then 'rolled_back'
      when "j"."status" in ('failed', 'cancelled') then 'failed'
      when "j"."status" = 'completed' then case when "c"."taken" = 0 and "c"."failed" > 0 then 'failed' else 'completed' end
      when not "j"."held" then 'importing'
      when "v"."status" in ('pending', 'running', 'paused') then 'validating'
      when "v"."status" in ('failed', 'cancelled') then 'failed'
      else 'pending'
    end as "status",
    case when not "j"."held" then coalesce("c"."processed", 0)
      when "v"."status" = 'completed' then 0 else coalesce("d"."processed", 0) end as "processed_rows",
    case when "j"."held" then coalesce("d"."processed" - "d"."failed", 0)
      else coalesce("c"."processed" - "c"."failed", 0) end as "valid_rows",
    case when "j"."held" then coalesce("d"."failed", 0) else coalesce("c"."failed", 0) end as "invalid_rows",
    case when "j"."held" then "v"."number" else "j"."number" end as "issues_of",
    coalesce("j"."error", case when "j"."held" then "v"."error" end) ->> 'message' as "error_message",
    coalesce(least("v"."started_at", "j"."started_at"), "j"."started_at") as "started_at",
    case when "j"."held" and "v"."status" in ('failed', 'cancelled') then "v"."completed_at"
      else "j"."completed_at" end as "completed_at",
    "m"."created_at", greatest("j"."updated_at", "v"."updated_at", "r"."updated_at") as "updated_at"
  from "import_migrations" as "m"
  join "import_jobs" as "j" on "j"."id" = "m"."id"
  left join "import_files" as "f" on "f"."id" = "j"."file_id"
  left join lateral (
    select * from "import_jobs" where "migration_id" = "m"."id" and "kind" = 'validate' order by "number" desc limit 1
  ) as "v" on true
  left join lateral ${rollbackOf('"m"."id"')} as "r" on true
  left join lateral (
    select coalesce("n"."processed", "p"."processed") as "processed", coalesce("n"."failed", "p"."failed") as "failed",
      coalesce("n"."processed" - "n"."failed", "p"."taken") as "taken"
    from (${sumsOf('"j"')}) as "p" left join (${ATTEMPTED}) as "n" on true
  ) as "c" on true
  left join lateral (${sumsOf('"v"')}) as "d" on true
  where "m"."deleted_at" is null`;

type Time = string | Date | null;

interface StateRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly import_type: MigrationType;
  readonly file_name: string | null;
  readonly file_size: string | null;
  readonly encoding: string;
  readonly delimiter: string;
  readonly column_mapping: Readonly<Record<string, string>> | null;
  readonly status: MigrationStatus;
  readonly total_rows: string;
  readonly processed_rows: string;
  readonly valid_rows: string;
  readonly invalid_rows: string;
  readonly issues_of: string | null;
  readonly waits: boolean;
  readonly starts: boolean;
  readonly validation_id: string | null;
  readonly validation_status: JobStatus | null;
  readonly rollback_id: string | null;
  readonly rollback_status: JobStatus | null;
  readonly rollback_at: Time;
  readonly error_message: string | null;
  readonly started_at: Time;
  readonly completed_at: Time;
  readonly created_at: string | Date;
  readonly updated_at: string | Date;
  readonly is_too_late: boolean;
}

function stateOf(row: StateRow): MigrationState {
  const processed = Number(row.processed_rows);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    type: row.import_type,
    fileName: row.file_name ?? '',
    fileSize: Number(row.file_size ?? 0),
    encoding: row.encoding,
    delimiter: row.delimiter,
    columnMapping: row.column_mapping,
    status: row.status,
    totalRows: Number(row.total_rows),
    rows: { processed, valid: Number(row.valid_rows), invalid: Number(row.invalid_rows) },
    issuesOf: row.issues_of === null ? null : Number(row.issues_of),
    waits: row.waits,
    starts: row.starts,
    validation:
      row.validation_id === null || row.validation_status === null
        ? null
        : {
            id: row.validation_id,
            ended: isFinal(row.validation_status),
            completed: row.validation_status === 'completed',
          },
    rollback:
      row.rollback_id === null || row.rollback_status === null
        ? null
        : { id: row.rollback_id, ended: isFinal(row.rollback_status), completedAt: dateOf(row.rollback_at) },
    errorMessage: row.error_message,
    startedAt: dateOf(row.started_at),
    completedAt: dateOf(row.completed_at),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    isTooLate: row.is_too_late,
  };
}

function dateOf(time: Time): Date | null {
  return time === null ? null : new Date(time);
}
