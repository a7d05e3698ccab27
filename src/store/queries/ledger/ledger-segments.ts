import type { EntityManager } from '@mikro-orm/postgresql';
import { RECORD_ACTIONS } from '../../../domain/record.ts';
import type { RecordAction } from '../../../domain/record.ts';
import type { ReviewStatus } from '../../../domain/review.ts';

/** Which records of the ledger a list is of. */
export interface LedgerSelection {
  readonly tenantId: string;
  /** Whose jobs; null for everybody's. */
  readonly createdById: string | null;
  readonly jobId: string | null;
  readonly targetType: string | null;
  readonly action: RecordAction | null;
  /** Whether they matched something other than by their own identity; null for both. */
  readonly duplicates: boolean | null;
  /** Of the match, 0 to 100; null for any and for none. */
  readonly confidenceMin: number | null;
  /** What a reviewer said of it; null for any. */
  readonly reviewStatus: ReviewStatus | null;
}

/** Records of one type of a job whose row numbers lie in a range, and how many of them are selected. */
export interface LedgerSegment {
  readonly jobNumber: number;
  readonly targetOrdinal: number;
  /** From and up to; null is open. */
  readonly from: number;
  readonly upTo: number | null;
  readonly count: number;
  /** Every row number of the range is a selected record. */
  readonly dense: boolean;
}

type PartitionRow = Readonly<Record<RecordAction | 'rows_done' | 'planned_rows' | 'row_base', string>> & {
  readonly number: string;
  readonly target_ordinal: number;
  /** Its rows have the numbers of another job's. */
  readonly apart: boolean;
};

/** The part of the selected records in which a page lies. */
export interface LedgerPart {
  readonly segments: readonly LedgerSegment[];
  /** Selected records before the first of the segments. */
  readonly before: number;
  /** All selected records. */
  readonly total: number;
}

/**
 * Where the selected records of a page lie and how many there are, newest job first, without counting the ledger: the
 * checkpoints count every outcome, and what imports found to be duplicates or held for a person is counted, too. Only of the
 * jobs in which the page lies are the (few) records counted that match, and of all where matches are asked for by outcome
 * or type.
 */
export async function ledgerPart(
  em: EntityManager,
  selection: LedgerSelection,
  page: { readonly offset: number; readonly limit: number },
): Promise<LedgerPart> {
  // How sure a match is can only be said of what matched.
  if (selection.duplicates === false && selection.confidenceMin !== null) return { segments: [], before: 0, total: 0 };
  const matches = isAboutMatches(selection);
  const counts = countsByJob(selection);
  const found = await partitionsByTarget(em, selection, counts ?? countsByOutcome(selection), counts && page);
  const segments = found.groups
    .flatMap((partitions) => segmentsOf(partitions, selection.action))
    .filter(({ count }) => count > 0);
  if (!matches) return { ...found, segments };
  const matched = await countMatched(em, selection, segments);
  const those = segments
    .map((segment, index) => {
      const matching = matched[index] ?? 0;
      if (selection.duplicates !== false || selection.reviewStatus !== null)
        return { ...segment, count: matching, dense: false };
      return { ...segment, count: segment.count - matching, dense: segment.dense && matching === 0 };
    })
    .filter(({ count }) => count > 0);
  if (counts) return { ...found, segments: those };
  return { segments: those, before: 0, total: those.reduce((sum, { count }) => sum + count, 0) };
}

function isAboutMatches({ duplicates, confidenceMin, reviewStatus }: LedgerSelection): boolean {
  return duplicates !== null || confidenceMin !== null || reviewStatus !== null;
}

/** The `number` and `id` of jobs, and how many `records` each has that are selected. */
interface JobCounts {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** How many records of each job are selected, by what is counted already; null where nothing tells. */
function countsByJob(selection: LedgerSelection): JobCounts | null {
  if (!isAboutMatches(selection)) return countsByOutcome(selection);
  const { targetType, action, duplicates, confidenceMin, reviewStatus } = selection;
  if (targetType !== null || action !== null) return null;
  const { sql: mine, parameters } = jobCondition(selection);
  if (reviewStatus !== null) {
    if (duplicates !== null || confidenceMin !== null) return null;
    const sql = `
      select "j"."number", "j"."id", "r"."records" from (
        select "job_number", count(*) as "records" from "import_records"
        where "review_status" is not null and "review_status" = ? group by 1
      ) as "r" join "import_jobs" as "j" on "j"."number" = "r"."job_number" where ${mine}`;
    return { sql, parameters: [reviewStatus, ...parameters] };
  }
  // The counts are of whole percent.
  if (confidenceMin !== null && !Number.isInteger(confidenceMin)) return null;
  const claims = `
    select "job_number", sum("records")::bigint as "records" from "import_match_counts"
    where "strategy" <> '' and "confidence" >= ? group by 1`;
  if (duplicates !== false) {
    const sql = `
      select "j"."number", "j"."id", "c"."records" from (${claims}) as "c"
      join "import_jobs" as "j" on "j"."number" = "c"."job_number" where ${mine}`;
    return { sql, parameters: [confidenceMin ?? 0, ...parameters] };
  }
  const all = countsByOutcome(selection);
  const sql = `
    select "a"."number", "a"."id", "a"."records" - coalesce("c"."records", 0) as "records"
    from (${all.sql}) as "a" left join (${claims}) as "c" on "c"."job_number" = "a"."number"`;
  return { sql, parameters: [...all.parameters, 0] };
}

/** How many records of each job have the selected outcome. What ended jobs hold is in an index. */
function countsByOutcome(selection: LedgerSelection): JobCounts {
  const { sql: mine, parameters } = jobCondition(selection);
  const { targetType, action } = selection;
  const actions = action === null ? RECORD_ACTIONS : [action];
  const checkpoints = (unless: string, ofType: string): string => `
    select "j"."number", "j"."id", sum(${actions.map((each) => `"p"."${each}"`).join(' + ')})::bigint as "records"
    from "import_jobs" as "j" join "import_partitions" as "p" on "p"."job_id" = "j"."id"
    where ${unless} ${mine} ${ofType} group by "j"."id"`;
  if (targetType !== null) return { sql: checkpoints('', `and ${OF_TYPE}`), parameters: [...parameters, targetType] };
  const totals = actions.map((each) => `"j"."total_${each}"`).join(' + ');
  const sql = `
    select "j"."number", "j"."id", ${totals} as "records" from "import_jobs" as "j"
    where "j"."total_created" is not null and ${mine}
    union all ${checkpoints('"j"."totals" is null and', '')}`;
  return { sql, parameters: [...parameters, ...parameters] };
}

/**
 * The partitions of the jobs with selected records, by job and target; with a page those of the jobs it lies in. A job's
 * partitions are read only when its records are shown.
 */
async function partitionsByTarget(
  em: EntityManager,
  { targetType }: LedgerSelection,
  counts: JobCounts,
  page: { readonly offset: number; readonly limit: number } | null,
): Promise<{ groups: PartitionRow[][]; before: number; total: number }> {
  const ofType = targetType === null ? '' : `and ${OF_TYPE}`;
  const shown = page === null ? '' : `and "before" < ? and "before" + "records" > ?`;
  const rows: (PartitionRow & { before: string | null; total: string })[] = await em.execute(
    `with "of" as materialized (select * from (${counts.sql}) as "j" where "records" > 0), "placed" as (
       select *, sum("records") over (order by "number" desc rows unbounded preceding) - "records" as "before" from "of"
     )
     select "t"."total", "g"."before", "g"."number", "p"."target_ordinal", "p"."rows_done",
       "p"."planned_rows", "p"."row_base", "p"."created", "p"."updated", "p"."skipped", "p"."failed",
       "p"."listed" or exists (select from "import_retries" as "r" where "r"."job_id" = "g"."id") as "apart"
     from (select coalesce(sum("records"), 0) as "total" from "of") as "t"
     left join ("placed" as "g" join "import_jobs" as "j" on "j"."id" = "g"."id"
       join "import_partitions" as "p" on "p"."job_id" = "g"."id" and "p"."rows_done" > 0 ${ofType}) on true ${shown}
     order by "g"."number" desc, "p"."target_ordinal", "p"."ordinal"`,
    [
      ...counts.parameters,
      ...(targetType === null ? [] : [targetType]),
      ...(page === null ? [] : [page.offset + page.limit, page.offset]),
    ],
  );
  const partitions = rows.filter(({ before }) => before !== null);
  return {
    groups: [...Map.groupBy(partitions, (row) => `${row.number} ${row.target_ordinal}`).values()],
    before: Number(partitions[0]?.before ?? 0),
    total: Number(rows[0]?.total),
  };
}

const OF_TYPE = `exists (
  select from jsonb_array_elements("j"."targets") as "t"
  where ("t"->>'ordinal')::int = "p"."target_ordinal" and "t"->'spec'->>'type' = ?::text)`;

/** The condition on a job `j` whose records are selected. */
function jobCondition({ tenantId, createdById, jobId }: LedgerSelection): {
  readonly sql: string;
  readonly parameters: readonly string[];
} {
  const conditions = [`"j"."tenant_id" = ?`, `"j"."kind" in ('import', 'retry')`];
  if (createdById !== null) conditions.push(`"j"."created_by_id" = ?::uuid`);
  if (jobId !== null) conditions.push(`"j"."id" = ?::uuid`);
  return {
    sql: conditions.join(' and '),
    parameters: [tenantId, createdById, jobId].filter((value) => value !== null),
  };
}

/**
 * The partitions of one target, each a segment of its own: rows are committed in the order of their numbers, so those of
 * a partition lie side by side. Not so where a retry read single rows, or rows came that nobody had planned.
 */
function segmentsOf(partitions: readonly PartitionRow[], action: RecordAction | null): LedgerSegment[] {
  const apart = partitions.some((part) => part.apart || Number(part.rows_done) > Number(part.planned_rows));
  if (apart) return [wholeOf(partitions, action)];
  return partitions.map((part) => {
    const from = Number(part.row_base) + 1;
    const rows = Number(part.rows_done);
    const count = counted(part, action);
    return { ...placeOf(part), from, upTo: from + rows - 1, count, dense: count === rows };
  });
}

function wholeOf(partitions: readonly PartitionRow[], action: RecordAction | null): LedgerSegment {
  const [first] = partitions;
  if (!first) throw new Error('a group of partitions is empty');
  const count = partitions.reduce((sum, part) => sum + counted(part, action), 0);
  return { ...placeOf(first), from: 1, upTo: null, count, dense: false };
}

function placeOf(part: PartitionRow): Pick<LedgerSegment, 'jobNumber' | 'targetOrdinal'> {
  return { jobNumber: Number(part.number), targetOrdinal: part.target_ordinal };
}

function counted(part: PartitionRow, action: RecordAction | null): number {
  return RECORD_ACTIONS.reduce((sum, each) => sum + (action === null || action === each ? Number(part[each]) : 0), 0);
}

/** How many records of each segment matched something, or were held for a person, and are selected. */
async function countMatched(
  em: EntityManager,
  selection: LedgerSelection,
  segments: readonly LedgerSegment[],
): Promise<number[]> {
  const { sql, parameters } = recordCondition(
    selection.reviewStatus === null ? { ...selection, duplicates: true } : selection,
  );
  const rows: { records: string }[] = await em.execute(
    `select (
       select count(*) from "import_records" as "r"
       where "r"."job_number" = "s"."jobNumber" and "r"."target_ordinal" = "s"."targetOrdinal"
         and "r"."row_number" >= "s"."from" and ("s"."upTo" is null or "r"."row_number" <= "s"."upTo") and ${sql}
     ) as "records"
     from rows from (jsonb_to_recordset(?::jsonb) as
       ("jobNumber" bigint, "targetOrdinal" smallint, "from" bigint, "upTo" bigint)) with ordinality as "s"
     order by "s"."ordinality"`,
    [...parameters, JSON.stringify(segments)],
  );
  return rows.map((row) => Number(row.records));
}

/** The condition on a record `r` of the ledger by itself. */
export function recordCondition(
  selection: Pick<LedgerSelection, 'action' | 'duplicates' | 'confidenceMin' | 'reviewStatus'>,
): {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
} {
  const conditions = ['true'];
  const parameters: (string | number)[] = [];
  if (selection.action !== null) {
    // In place, as the index of the failed ones wants it; it is one of four words.
    conditions.push(`"r"."action" = '${selection.action}'`);
  }
  if (selection.duplicates === true || selection.confidenceMin !== null)
    conditions.push(`"r"."duplicate_of" is not null`);
  if (selection.duplicates === false) conditions.push(`"r"."duplicate_of" is null`);
  if (selection.reviewStatus !== null) {
    // In place as well, so that the index of what was held for a person serves.
    conditions.push(`"r"."review_status" = '${selection.reviewStatus}'`);
  }
  if (selection.confidenceMin !== null) {
    conditions.push(`("r"."matched"->>'confidence')::numeric >= ?`);
    parameters.push(selection.confidenceMin);
  }
  return { sql: conditions.join(' and '), parameters };
}
