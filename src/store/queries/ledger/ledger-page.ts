import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordAction } from '../../../domain/record.ts';
import type { ReviewStatus } from '../../../domain/review.ts';
import { recordCondition } from './ledger-segments.ts';
import type { LedgerSegment, LedgerSelection } from './ledger-segments.ts';

/** A record of the ledger, with what was fatally wrong with its row. */
export interface LedgerRecord {
  readonly jobNumber: number;
  readonly targetOrdinal: number;
  readonly rowNumber: number;
  readonly attempt: number;
  readonly sourceIdentifier: string | null;
  /** In hex. */
  readonly sourceHash: string | null;
  readonly targetId: string | null;
  readonly action: RecordAction;
  readonly duplicateOf: string | null;
  /** Why it counts as a duplicate, as the matching wrote it down. */
  readonly matched: unknown;
  readonly reviewStatus: ReviewStatus | null;
  readonly error: string | null;
  readonly createdAt: Date;
  /** When somebody deleted it: it is history from then on, and still has its outcome. */
  readonly deletedAt: Date | null;
}

interface Row {
  readonly job_number: string;
  readonly target_ordinal: number;
  readonly row_number: string;
  readonly attempt: number;
  readonly source_identifier: string | null;
  readonly source_hash: string | null;
  readonly target_id: string | null;
  readonly action: RecordAction;
  readonly duplicate_of: string | null;
  readonly matched: string | null;
  readonly review_status: ReviewStatus | null;
  readonly error: string | null;
  readonly created_at: string;
  readonly deleted_at: string | null;
}

/** The selected records of a segment after the first `offset`, in the order of their rows. */
export async function segmentRecords(
  em: EntityManager,
  selection: LedgerSelection,
  segment: LedgerSegment,
  page: { readonly offset: number; readonly limit: number },
): Promise<LedgerRecord[]> {
  // Where every number is a record, the offset is arithmetic.
  const from = segment.dense ? segment.from + page.offset : segment.from;
  const offset = segment.dense ? 0 : page.offset;
  const { sql, parameters } = recordCondition(selection);
  const rows: Row[] = await em.execute(
    `select "r"."job_number", "r"."target_ordinal", "r"."row_number", "r"."attempt", "r"."source_identifier",
       encode("r"."source_hash", 'hex') as "source_hash", "r"."target_id", "r"."action"::text, "r"."duplicate_of",
       "r"."matched"::text as "matched", "r"."review_status",
       (extract(epoch from "r"."created_at") * 1000)::text as "created_at",
       (extract(epoch from "r"."deleted_at") * 1000)::text as "deleted_at",
       (select string_agg("i"."message", ' ' order by "i"."ordinal") from "import_issues" as "i"
        where "i"."job_number" = "r"."job_number" and "i"."target_ordinal" = "r"."target_ordinal"
          and "i"."row_number" = "r"."row_number" and "i"."fatal") as "error"
     from (
       select * from "import_records" as "r"
       where "r"."job_number" = ? and "r"."target_ordinal" = ? and "r"."row_number" >= ?
         and (?::bigint is null or "r"."row_number" <= ?::bigint) and ${sql}
       order by "r"."job_number", "r"."target_ordinal", "r"."row_number" limit ? offset ?
     ) as "r" order by "r"."row_number"`,
    [segment.jobNumber, segment.targetOrdinal, from, segment.upTo, segment.upTo, ...parameters, page.limit, offset],
  );
  return rows.map((row) => ({
    jobNumber: Number(row.job_number),
    targetOrdinal: row.target_ordinal,
    rowNumber: Number(row.row_number),
    attempt: row.attempt,
    sourceIdentifier: row.source_identifier,
    sourceHash: row.source_hash,
    targetId: row.target_id,
    action: row.action,
    duplicateOf: row.duplicate_of,
    matched: row.matched === null ? null : (JSON.parse(row.matched) as unknown),
    reviewStatus: row.review_status,
    error: row.error,
    createdAt: new Date(Number(row.created_at)),
    deletedAt: row.deleted_at === null ? null : new Date(Number(row.deleted_at)),
  }));
}
