import { createHash } from 'node:crypto';
import type { OwnSpec, TargetField } from '../../domain/target.ts';
import type { RowIssue } from '../../domain/record.ts';
import type { Insert, Update } from '../../rows/decide.ts';
import type { Contents } from '../../rows/row-contents.ts';
import { packRow } from '../../rows/packed-row.ts';
import { writeJsonb, writeUuid } from '../commit/binary-values.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { copyInto } from '../commit/copy.ts';
import { hashSql, objectSql, textSql } from '../commit/field-sql.ts';
import { ledgerOf } from '../commit/ledger.ts';
import { TargetMoved } from '../commit/write-target.ts';
import { quoted } from '../identifier.ts';
import { advanceSequences } from './advance-sequences.ts';
import { KEPT_WHOLE, keySql, linkedSql, LINKS, ownTable, RELINKED, valueSql, wholeHashSql } from './own-sql.ts';
import { RowsRefused } from './rows-refused.ts';

/** By the ids of the records that were written: the hash of what the table's row holds now, with what triggers made of it. */
export type StoredHashes = ReadonlyMap<string, string>;

/**
 * Makes rows of an own table. They are staged as texts and made by one statement, so that whatever the table does by
 * itself happens as it would for anybody: types, domains, defaults, generated columns, triggers. Columns that are not
 * mapped are not named at all; a mapped one that may not be empty and has a default gets it where the source has nothing.
 */
export async function insertOwnRecords(
  context: ChunkContext,
  spec: OwnSpec,
  inserts: readonly Insert[],
): Promise<StoredHashes> {
  const stored = new Map<string, string>();
  if (inserts.length === 0) return stored;
  refuseIncomplete(context, spec, inserts);
  const { client } = context;
  const written = writtenOf(context, spec);
  const defaulted = written.filter(({ field }) => leavesDefault(field));
  const gapsOf = ({ values }: Contents): string =>
    defaulted.map(({ index }) => ((values[index] ?? null) === null ? '1' : '0')).join('');
  const { stage, batch } = await prepareStage(context, spec);
  await copyInto(client, { into: stage, columns: HEAD + spec.fields.length }, inserts, (insert, writer) => {
    const { id, owner, contents } = insert;
    writer.int32(8).int64(batch);
    writeUuid(writer, id);
    writer.int32(8).int64(owner.rowNumber).text(null).null().text(gapsOf(contents));
    writeUuid(writer, null);
    writeJsonb(writer, null);
    writeTexts(writer, contents);
  });
  for (const gaps of new Set(inserts.map(({ contents }) => gapsOf(contents)))) {
    const given = written.filter((one) => gaps[defaulted.indexOf(one)] !== '1');
    const { rows } = await client.query<{ id: string; hash: string }>(
      `with "made" as (
         merge into ${ownTable(spec)} as "t"
         using (select * from ${stage} where "batch" = $2 and "gaps" = $1 order by "row_number") as "s" on false
         when not matched then insert ${insertionSql(given)}
         returning "s"."record_id", ${keySql(spec, 't')} as "row_key", ${hashSql(spec, context.writtenFields, 't')} as "hash",
           ${wholeHashSql('t')} as "whole"
       ), "linked" as (
         insert into ${LINKS} as "l" ("id", "target_number", "row_key", "whole_hash")
         select "record_id", ${spec.own.number}, "row_key", "whole" from "made" ${RELINKED}
       )
       select "record_id" as "id", encode("hash", 'hex') as "hash" from "made"`,
      [gaps, batch],
    );
    for (const { id, hash } of rows) stored.set(id, hash);
  }
  const left = inserts.filter(({ id }) => !stored.has(id));
  if (left.length > 0) throw new RowsRefused(new Map(left.map(({ owner }) => [owner, NOT_TAKEN])));
  await advanceSequences(context, spec, inserts);
  return stored;
}

const NOT_TAKEN: RowIssue = {
  field: null,
  code: 'constraint_violation',
  message: 'A trigger of the table did not let the row in.',
  value: null,
  fatal: true,
};

/** Rows cannot be made while nothing fills a column that has to have a value. */
function refuseIncomplete({ writtenFields }: ChunkContext, spec: OwnSpec, inserts: readonly Insert[]): void {
  const lacking = spec.fields.find((field) => needsValue(field) && !writtenFields.includes(field.name));
  if (!lacking) return;
  const issue: RowIssue = {
    field: lacking.name,
    code: 'missing_required',
    message: `The ${lacking.name} field is required to make a row, and nothing fills it.`,
    value: null,
    fatal: true,
  };
  throw new RowsRefused(new Map(inserts.map(({ owner }) => [owner, issue])));
}

function needsValue({ own }: TargetField): boolean {
  return own !== undefined && own.notNull && !own.filled;
}

/** Whether an empty value leaves it to the table what the column holds. */
function leavesDefault({ own }: TargetField): boolean {
  return own !== undefined && own.notNull && own.filled;
}

function insertionSql(given: readonly Written[]): string {
  if (given.length === 0) return 'default values';
  const columns = given.map(({ field }) => quoted(field.column)).join(', ');
  return `(${columns}) overriding system value values (${given.map(({ field, text }) => valueSql(field, text)).join(', ')})`;
}

/**
 * Changes rows of an own table, only in the columns the job writes, and writes their ledger entries in one statement,
 * which alone sees what it overwrites. What the row holds then is the entry's after-hash, where that is not the source
 * row itself.
 */
export async function updateOwnRecords(
  context: ChunkContext,
  spec: OwnSpec,
  updates: readonly Update[],
): Promise<StoredHashes> {
  if (updates.length === 0) return new Map();
  const { client } = context;
  const { stage, batch } = await prepareStage(context, spec);
  await copyInto(client, { into: stage, columns: HEAD + spec.fields.length }, updates, (update, writer) => {
    const { id, first, duplicateOf, matched, contents } = update;
    writer.int32(8).int64(batch);
    writeUuid(writer, id);
    writer.int32(8).int64(first.rowNumber).text(first.identifier);
    writer.hex(first.hash);
    writer.text(null);
    writeUuid(writer, duplicateOf);
    writeJsonb(writer, matched);
    writeTexts(writer, contents);
  });
  const written = writtenOf(context, spec);
  const assignments = written
    .filter(({ field }) => field.own?.always !== true)
    .map(({ field, text }) => {
      const value = valueSql(field, text);
      const column = quoted(field.column);
      return `${column} = ${leavesDefault(field) ? `coalesce(${value}, "t".${column})` : value}`;
    });
  if (assignments.length === 0) assignments.push(ownKeyAssignment(spec));
  const before = written.map(({ field }) => [field.column, textSql(field, 'old')] as const);
  const { rows } = await client.query<{ id: string; hash: string }>(
    `with "changed" as (
       update ${ownTable(spec)} as "t" set ${assignments.join(', ')}
       from ${stage} as "s" join ${LINKS} as "l" on "l"."id" = "s"."record_id"
       where "s"."batch" = $4 and ${linkedSql(spec, 'l', 't')}
       returning "s"."record_id", "s"."row_number", "s"."identifier", "s"."row_hash", "s"."duplicate_of", "s"."matched",
         ${objectSql(before)} as "before", ${keySql(spec, 'new')} as "new_key",
         ${hashSql(spec, context.writtenFields, 'new')} as "stored", ${KEPT_WHOLE} as "whole"
     ), "linked" as (
       update ${LINKS} as "l" set "row_key" = "new_key", "updated_at" = clock_timestamp(), "whole_hash" = "whole"
       from "changed" where "l"."id" = "changed"."record_id"
     ), "recorded" as (
       insert into ${ledgerOf(context)} ("job_number", "target_ordinal", "row_number", "source_identifier", "source_hash",
         "target_id", "action", "duplicate_of", "matched", "before_image", "after_hash", "attempt")
       select $1, $2, "row_number", "identifier", "row_hash", "record_id", 'updated', "duplicate_of", "matched", "before",
         nullif("stored", "row_hash"), $3
       from "changed"
     )
     select "record_id" as "id", encode("stored", 'hex') as "hash" from "changed"`,
    [context.jobNumber, context.targetOrdinal, context.attempt ?? 1, batch],
  );
  if (rows.length !== updates.length) throw new TargetMoved(`${updates.length - rows.length} records are gone`);
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** An update that changes nothing. */
function ownKeyAssignment({ own }: OwnSpec): string {
  const column = quoted(own.key[0]?.column ?? '');
  return `${column} = "t".${column}`;
}

interface Written {
  readonly field: TargetField;
  readonly index: number;
  /** Where its text is staged. */
  readonly text: string;
}

function writtenOf({ writtenFields }: ChunkContext, { fields }: OwnSpec): Written[] {
  return fields.flatMap((field, index) =>
    writtenFields.includes(field.name) ? [{ field, index, text: `"s"."f${index}"` }] : [],
  );
}

function writeTexts(writer: Parameters<typeof writeUuid>[0], contents: Contents): void {
  const bytes = packRow(contents.values);
  writer.copied(bytes, 0, bytes.length);
}

/** Columns of the stage before those of the fields. */
const HEAD = 8;

/** Batches of this process, by which what was staged before in the same transaction is told from what is written now. */
let batches = 0;

/** One stage a shape of target, all texts; it empties itself at each commit. */
async function prepareStage(
  { client }: ChunkContext,
  spec: OwnSpec,
): Promise<{ readonly stage: string; readonly batch: number }> {
  const shape = JSON.stringify([spec.schema, spec.table, spec.fields.length]);
  const stage = `own_stage_${createHash('sha256').update(shape).digest('hex').slice(0, 32)}`;
  const columns = spec.fields.map((_, index) => `"f${index}" text`);
  await client.query(
    `create temporary table if not exists "${stage}" ("batch" bigint, "record_id" uuid, "row_number" bigint, "identifier" text,
       "row_hash" bytea, "gaps" text, "duplicate_of" uuid, "matched" jsonb, ${columns.join(', ')}) on commit delete rows`,
  );
  return { stage: `"pg_temp"."${stage}"`, batch: ++batches };
}
