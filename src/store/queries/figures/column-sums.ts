import type { PoolClient } from 'pg';
import { isOwn } from '../../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../../domain/target.ts';
import { hashSql, textSql } from '../../commit/field-sql.ts';
import { aboutSql } from '../../ledger-about.ts';
import { inEffect } from '../../undo/entry.ts';
import { recordsSql } from '../../records-sql.ts';
import { recordSubject } from '../ledger/record-history.ts';

/** What a column holds over some rows: how many values, how many of them null, and the sum of the hashes of the others. */
export interface ColumnSum {
  readonly count: number;
  readonly nulls: number;
  /** Of `hashtextextended` of each value's text: the order of rows does not matter. */
  readonly sum: bigint;
}

/** The records that one type of a job wrote into its target. */
export interface WrittenRecords {
  readonly tenantId: string;
  readonly jobNumber: number;
  readonly targetOrdinal: number;
  readonly spec: TargetSpec;
  /** The fields the job writes, in the order of the target's. */
  readonly written: readonly TargetField[];
}

/** Adds sums of as many columns. */
export function addSums(a: readonly ColumnSum[], b: readonly ColumnSum[]): ColumnSum[] {
  return a.map((left, index) => {
    const right = b[index] ?? NOTHING;
    return { count: left.count + right.count, nulls: left.nulls + right.nulls, sum: left.sum + right.sum };
  });
}

export const NOTHING: ColumnSum = { count: 0, nulls: 0, sum: 0n };

/** A sum as it is shown: its lower 64 bits in hex. */
export function checksum({ sum }: ColumnSum): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0');
}

/**
 * Reads the records again that a job wrote, in one pass, and sums up the columns of those that hold exactly what was
 * written: whose row hash is the one in the ledger. Of them the sums of what was mapped are the same, for the hash says
 * so of every value. The others are counted.
 */
export async function sumIntactRecords(
  client: PoolClient,
  records: WrittenRecords,
): Promise<{ intact: number; others: number; sums: ColumnSum[] }> {
  const { written } = records;
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `
      select count(*), count(*) filter (where "intact")
        ${written.map((_, at) => `, ${sumsOf(`"v${at}"`, `filter (where "intact")`)}`).join('')}
      from (
        select coalesce(${isIntact(records)}, false) as "intact"
          ${written.map((field, at) => `, ${textSql(field, 't')} as "v${at}"`).join('')}
        from ${writtenRecords(records)} offset 0
      ) as "records"`,
    values: [records.tenantId, records.jobNumber, records.targetOrdinal],
  });
  const [all, intact, ...sums] = rows[0] ?? [];
  return { intact: Number(intact), others: Number(all) - Number(intact), sums: columnSums(Number(intact), sums) };
}

/** Sums up columns of records by their ids. */
export async function sumRecords(
  client: PoolClient,
  { spec, tenantId, written }: WrittenRecords,
  ids: readonly string[],
): Promise<ColumnSum[]> {
  const { from, id, mine } = recordsSql(spec);
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `
      select count(*) ${written.map((field) => `, ${sumsOf(textSql(field, 't'), '')}`).join('')}
      from ${from} where ${mine('$1')} and ${id} = any($2::uuid[])`,
    values: [tenantId, ids],
  });
  const [count, ...sums] = rows[0] ?? [];
  return columnSums(Number(count), sums);
}

/** Sums up values that are at hand, column by column, as the database would. */
export async function sumValues(
  client: PoolClient,
  columns: readonly (readonly (string | null)[])[],
): Promise<ColumnSum[]> {
  const sums: ColumnSum[] = [];
  for (const values of columns) {
    const { rows } = await client.query<(string | null)[]>({
      rowMode: 'array',
      text: `select count(*), ${sumsOf('"v"', '')} from unnest($1::text[]) as "v"`,
      values: [values],
    });
    const [count, ...parts] = rows[0] ?? [];
    sums.push(...columnSums(Number(count), parts));
  }
  return sums;
}

/** A record of the ledger whose target record is not what it says. */
export interface OtherRecord {
  readonly rowNumber: number;
  readonly identifier: string | null;
  readonly sourceHash: string | null;
  /** Of what was written, where that is not the row itself. */
  readonly afterHash: string | null;
  /** What the record held before, where the row was merged into it. */
  readonly before: Readonly<Record<string, string | null>> | null;
  readonly targetId: string;
  /** The target holds the record. */
  readonly present: boolean;
  /** It holds what a table of somebody else's made of the row when it was written. */
  readonly stored: boolean;
  /** A later row, a later job or a rollback has written or removed it since, and answers for what it holds now. */
  readonly superseded: boolean;
  /** A person has changed or removed it since, and is on record for it. */
  readonly edited: boolean;
}

/**
 * The records that are not intact, so many at a time, in one further pass. It lives in the caller's transaction, which
 * may be used for other things in between.
 */
export async function* otherRecords(
  client: PoolClient,
  records: WrittenRecords,
  atOnce: number,
): AsyncGenerator<OtherRecord[], void, undefined> {
  await client.query(`set local cursor_tuple_fraction = 1`);
  await client.query(
    `declare "other_records" no scroll cursor for
     select "r"."row_number", "r"."source_identifier", encode("r"."source_hash", 'hex') as "source_hash",
       encode("r"."after_hash", 'hex') as "after_hash",
       case when "r"."after_hash" is not null then "r"."before_image" end as "before_image", "r"."target_id",
       ${recordsSql(records.spec).id} is not null as "present", ${isStored(records)} as "stored",
       exists (
         select from "import_records" as "n" where "n"."target_id" = "r"."target_id"
           and "n"."action" in ('created', 'updated')
           and ("n"."job_number", "n"."row_number") > ("r"."job_number", "r"."row_number")
           and ${aboutSql(records.spec, records.tenantId, 'n')}
       ) or exists (
         select from "import_undos" as "u" where "u"."undone_number" = "r"."job_number"
           and "u"."target_ordinal" = "r"."target_ordinal" and "u"."row_number" = "r"."row_number" and ${inEffect('u')}
       ) as "superseded",
       exists (
         select from "audit_entries" as "a" where "a"."subject_type" = $4 and "a"."subject_id" = "r"."target_id"::text
           and "a"."tenant_id" = $1 and "a"."at" >= "r"."created_at"
       ) as "edited"
     from ${writtenRecords(records)} and ${isIntact(records)} is not true`,
    [records.tenantId, records.jobNumber, records.targetOrdinal, recordSubject(records.spec.type)],
  );
  for (;;) {
    const { rows } = await client.query<OtherRow>(`fetch ${atOnce} from "other_records"`);
    if (rows.length === 0) break;
    yield rows.map(otherRecord);
  }
  await client.query(`close "other_records"`);
}

interface OtherRow {
  readonly row_number: string;
  readonly source_identifier: string | null;
  readonly source_hash: string | null;
  readonly after_hash: string | null;
  readonly before_image: Record<string, string | null> | null;
  readonly target_id: string;
  readonly present: boolean;
  readonly stored: boolean;
  readonly superseded: boolean;
  readonly edited: boolean;
}

function otherRecord(row: OtherRow): OtherRecord {
  return {
    rowNumber: Number(row.row_number),
    identifier: row.source_identifier,
    sourceHash: row.source_hash,
    afterHash: row.after_hash,
    before: row.before_image,
    targetId: row.target_id,
    present: row.present,
    stored: row.stored,
    superseded: row.superseded,
    edited: row.edited,
  };
}

function writtenRecords({ spec }: WrittenRecords): string {
  const { from, id, mine } = recordsSql(spec);
  return `"import_records" as "r" left join ${from} on ${id} = "r"."target_id" and ${mine('$1')}
    where "r"."job_number" = $2 and "r"."target_ordinal" = $3 and "r"."action" in ('created', 'updated')`;
}

function isIntact(records: WrittenRecords): string {
  // What somebody else's table made of a row is what it holds, and may not be what was mapped: see `isStored`.
  const expected = isOwn(records.spec) ? `"r"."source_hash"` : `coalesce("r"."after_hash", "r"."source_hash")`;
  return holds(records, expected);
}

/** The record holds what the table made of the row when it was written, by a trigger or by merging: the two are compared. */
function isStored(records: WrittenRecords): string {
  return isOwn(records.spec) ? `coalesce(${holds(records, `"r"."after_hash"`)}, false)` : 'false';
}

function holds({ spec, written }: WrittenRecords, hash: string): string {
  const names = written.map((field) => field.name);
  return `(${recordsSql(spec).id} is not null and ${hashSql(spec, names, 't')} = ${hash})`;
}

/** The collation is named so that the hash is that of the bytes, whatever the database's own is. */
function sumsOf(value: string, filter: string): string {
  return `count(${value}) ${filter}, sum(hashtextextended((${value}) collate "C", 0)) ${filter}`;
}

function columnSums(count: number, parts: readonly (string | null)[]): ColumnSum[] {
  return Array.from({ length: parts.length / 2 }, (_, at) => ({
    count,
    nulls: count - Number(parts[at * 2]),
    sum: BigInt(parts[at * 2 + 1] ?? '0'),
  }));
}
