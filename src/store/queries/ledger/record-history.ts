import type { EntityManager } from '@mikro-orm/postgresql';
import type { TargetSpec } from '../../../domain/target.ts';
import { aboutSql } from '../../ledger-about.ts';

export type RecordChangeAction = 'created' | 'updated' | 'edited' | 'deleted' | 'restored' | 'recreated';

/** Something that was done to a target record, by a row of a job, by its undoing or by a person. */
export interface RecordChange {
  readonly at: Date;
  readonly action: RecordChangeAction;
  readonly job: {
    readonly id: string;
    readonly number: number;
    readonly targetOrdinal: number;
    readonly rowNumber: number;
    readonly sourceIdentifier: string | null;
  } | null;
  readonly user: { readonly id: string; readonly name: string } | null;
  /** The columns it overwrote, with what they held; null when it overwrote none. */
  readonly before: Readonly<Record<string, string | null>> | null;
}

interface ChangeRow {
  readonly at: string;
  readonly action: RecordChangeAction;
  readonly job_id: string | null;
  readonly job_number: string | null;
  readonly target_ordinal: number | null;
  readonly row_number: string | null;
  readonly source_identifier: string | null;
  readonly user_id: string | null;
  readonly user_name: string | null;
  readonly before: string | null;
}

/** What created and changed a record, oldest first. */
export async function historyOfRecord(
  em: EntityManager,
  tenantId: string,
  spec: TargetSpec,
  id: string,
): Promise<RecordChange[]> {
  const rows: ChangeRow[] = await em.execute(
    `select (extract(epoch from "at") * 1000)::text as "at", "action", "job_id", "job_number", "target_ordinal",
       "row_number", "source_identifier", "user_id", "user_name", "before"
     from (
       select "r"."created_at" as "at", "r"."action"::text, "j"."id" as "job_id", "r"."job_number",
         "r"."target_ordinal", "r"."row_number", "r"."source_identifier", null::uuid as "user_id",
         null::text as "user_name", "r"."before_image"::text as "before"
       from "import_records" as "r" join "import_jobs" as "j" on "j"."number" = "r"."job_number"
       where "r"."target_id" = ?::uuid and "r"."action" in ('created', 'updated') and "j"."tenant_id" = ?::uuid
         and ${aboutSql(spec, tenantId)}
       union all
       ${UNDOS} and ${aboutSql(spec, tenantId)}
       union all
       select "a"."at", split_part("a"."action", '.', 2), null, null, null, null, null, "a"."user_id",
         "u"."name", "a"."data" ->> 'before'
       from "audit_entries" as "a" left join "users" as "u" on "u"."id" = "a"."user_id"
       where "a"."subject_type" = ? and "a"."subject_id" = ? and "a"."tenant_id" = ?::uuid
     ) as "changes"
     order by "changes"."at", "job_number" nulls last, "row_number"`,
    [id, tenantId, id, tenantId, recordSubject(spec.type), id, tenantId],
  );
  return rows.map(recordChange);
}

/**
 * What rollbacks did, and those that undid them; once for each record: of its rows the one that has what it takes to
 * bring the record back.
 */
const UNDOS = `
  select "u"."created_at", "u"."effect", "j"."id", "r"."job_number", "r"."target_ordinal", "r"."row_number",
    "r"."source_identifier", null, null, case when "u"."effect" <> 'deleted' then "u"."before_image"::text end
  from "import_records" as "r" join "import_undos" as "first" on "first"."undone_number" = "r"."job_number"
    and "first"."target_ordinal" = "r"."target_ordinal" and "first"."row_number" = "r"."row_number"
  cross join lateral (
    select "first".*
    union all
    select "second".* from "import_undos" as "second" where "second"."undone_number" = "first"."job_number"
      and "second"."target_ordinal" = "r"."target_ordinal" and "second"."row_number" = "r"."row_number"
  ) as "u"
  join "import_jobs" as "j" on "j"."number" = "u"."job_number" and not ("j"."rollback"->>'dryRun')::boolean
  where "r"."target_id" = ?::uuid and "r"."action" in ('created', 'updated') and "j"."tenant_id" = ?::uuid
    and "u"."outcome" = 'reversed' and ("first"."before_image" is not null or "first"."whole_values" is not null)`;

/** What audit entries call a record of a target. */
export function recordSubject(targetType: string): string {
  return `record:${targetType}`;
}

function recordChange(row: ChangeRow): RecordChange {
  const { job_id: jobId, user_id: userId } = row;
  return {
    at: new Date(Number(row.at)),
    action: row.action,
    job:
      jobId === null
        ? null
        : {
            id: jobId,
            number: Number(row.job_number),
            targetOrdinal: Number(row.target_ordinal),
            rowNumber: Number(row.row_number),
            sourceIdentifier: row.source_identifier,
          },
    user: userId === null ? null : { id: userId, name: row.user_name ?? '' },
    before: row.before === null ? null : (JSON.parse(row.before) as Record<string, string | null>),
  };
}
