import type { EntityManager } from '@mikro-orm/postgresql';
import { RECORD_ACTIONS } from '../../domain/record.ts';
import type { RecordAction } from '../../domain/record.ts';
import type { ReviewStatus } from '../../domain/review.ts';

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
  readonly listed: boolean;
};

/**
 * Where the selected records lie and how many there are, newest job first, without counting the ledger: the checkpoints
 * count every outcome. Only where matches or reviews are asked for the (few) records that have one are counted.
 */
export async function ledgerSegments(em: EntityManager, selection: LedgerSelection): Promise<LedgerSegment[]> {
  // How sure a match is can only be said of what matched.
  if (selection.duplicates === false && selection.confidenceMin !== null) return [];
  const groups = await partitionsByTarget(em, selection);
  const segments = groups
    .flatMap((partitions) => segmentsOf(partitions, selection.action))
    .filter(({ count }) => count > 0);
  if (selection.duplicates === null && selection.confidenceMin === null && selection.reviewStatus === null)
    return segments;
  const matched = await countMatched(em, selection, segments);
  return segments
    .map((segment, index) => {
      const matching = matched[index] ?? 0;
      if (selection.duplicates !== false || selection.reviewStatus !== null)
        return { ...segment, count: matching, dense: false };
      return { ...segment, count: segment.count - matching, dense: segment.dense && matching === 0 };
    })
    .filter(({ count }) => count > 0);
}

async function partitionsByTarget(em: EntityManager, selection: LedgerSelection): Promise<PartitionRow[][]> {
  const rows: PartitionRow[] = await em.execute(
    `select "j"."number", "p"."target_ordinal", "p"."listed", "p"."rows_done", "p"."planned_rows", "p"."row_base",
       "p"."created", "p"."updated", "p"."skipped", "p"."failed"
     from "import_jobs" as "j" join "import_partitions" as "p" on "p"."job_id" = "j"."id"
     where "j"."tenant_id" = ? and "j"."kind" in ('import', 'retry') and "p"."rows_done" > 0
       and (?::uuid is null or "j"."created_by_id" = ?::uuid) and (?::uuid is null or "j"."id" = ?::uuid)
       and (?::text is null or exists (
         select from jsonb_array_elements("j"."targets") as "t"
         where ("t"->>'ordinal')::int = "p"."target_ordinal" and "t"->'spec'->>'type' = ?::text))
     order by "j"."number" desc, "p"."target_ordinal", "p"."ordinal"`,
    [
      selection.tenantId,
      selection.createdById,
      selection.createdById,
      selection.jobId,
      selection.jobId,
      selection.targetType,
      selection.targetType,
    ],
  );
  return [...Map.groupBy(rows, (row) => `${row.number} ${row.target_ordinal}`).values()];
}

/**
 * The partitions of one target, each a segment of its own: rows are committed in the order of their numbers, so those of
 * a partition lie side by side. Not so where a retry read single rows, or rows came that nobody had planned.
 */
function segmentsOf(partitions: readonly PartitionRow[], action: RecordAction | null): LedgerSegment[] {
  const apart = partitions.some((part) => part.listed || Number(part.rows_done) > Number(part.planned_rows));
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
