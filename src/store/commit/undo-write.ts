import { fieldOf, hashSql, objectSql, textSql } from './field-sql.ts';
import { qualified, quoted } from '../identifier.ts';
import type { UndoContext } from './undo-context.ts';

/** Staged records by their numbers, both inclusive. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** The columns of a row's entry, and where they come from: `r` is the row, `d` its record, `w` what was written. */
const ENTRY = `"import_undos" ("undone_number", "target_ordinal", "row_number", "job_number", "target_id", "outcome",
  "effect", "in_effect", "superseded_by", "reason", "before_image", "after_hash", "whole_columns", "whole_values")`;

/** Removes records that the import made; each entry that holds one keeps all of it. */
export async function deleteRecords(context: UndoContext, { from, to }: Part): Promise<void> {
  const { client, tenantId, spec, undoneNumber, targetOrdinal, jobNumber, facts } = context;
  const names = facts.columns.map(({ name }) => literal(name));
  const values = facts.columns.map(({ name }) => `"t".${quoted(name)}::text`);
  await client.query(
    `with "w" as (
       delete from ${qualified(spec.schema, spec.table)} as "t" using "undo_records" as "d"
       where "t"."id" = "d"."record_id" and "t"."tenant_id" = $4 and "d"."made" and "d"."outcome" = 'reversed'
         and "d"."n" between $5 and $6
       returning "d"."record_id", "d"."row_number", array[${values.join(', ')}] as "whole"
     )
     insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", 'reversed', 'deleted', true, null, null, null, null,
       case when "r"."row_number" = "w"."row_number" then array[${names.join(', ')}] end,
       case when "r"."row_number" = "w"."row_number" then "w"."whole" end
     from "w" join "undo_rows" as "r" on "r"."record_id" = "w"."record_id"`,
    [undoneNumber, targetOrdinal, jobNumber, tenantId, from, to],
  );
}

/** Gives the columns that the job wrote back what they held before, and only them. */
export async function restoreRecords(context: UndoContext, { from, to }: Part): Promise<void> {
  const { client, tenantId, spec, undoneNumber, targetOrdinal, jobNumber, writtenFields } = context;
  const fields = writtenFields.map((name) => fieldOf(spec, name));
  const types = new Map(context.facts.columns.map(({ name, type }) => [name, type]));
  const valueOf = (column: string): string =>
    `("d"."image"->>'${column.replaceAll("'", "''")}')::${types.get(column) ?? 'text'}`;
  const assignments = fields.map(({ column }) => `${quoted(column)} = ${valueOf(column)}`);
  const before = fields.map((field) => [field.column, textSql(field, 'old')] as const);
  await client.query(
    `with "w" as (
       update ${qualified(spec.schema, spec.table)} as "t"
       set ${[...assignments, `"source_hash" = decode("d"."image"->>'source_hash', 'hex')`, '"updated_at" = clock_timestamp()'].join(', ')}
       from "undo_records" as "d"
       where "t"."id" = "d"."record_id" and "t"."tenant_id" = $4 and not "d"."made" and "d"."outcome" = 'reversed'
         and "d"."n" between $5 and $6
       returning "d"."record_id", "d"."row_number", ${hashSql(spec, writtenFields, 'new')} as "hash",
         ${objectSql([...before, ['source_hash', `encode("old"."source_hash", 'hex')`]])} as "image"
     )
     insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", 'reversed', 'restored', true, null, null,
       case when "r"."row_number" = "w"."row_number" then "w"."image" end, "w"."hash", null, null
     from "w" join "undo_rows" as "r" on "r"."record_id" = "w"."record_id"`,
    [undoneNumber, targetOrdinal, jobNumber, tenantId, from, to],
  );
}

/** Brings records back that the rollback which is undone had removed; those whose identity is taken by now are kept away. */
export async function recreateRecords(context: UndoContext, { from, to }: Part): Promise<void> {
  const { client, spec, facts, undoneNumber, importNumber, targetOrdinal, jobNumber } = context;
  const table = qualified(spec.schema, spec.table);
  const columns = facts.columns.map(({ name }) => quoted(name)).join(', ');
  await client.query(
    `with "w" as (
       insert into ${table} (${columns}) overriding system value
       select ${facts.columns.map(({ name, type }) => `${wholeValue(name)}::${type}`).join(', ')}
       from "undo_records" as "d" join "import_undos" as "u" on "u"."undone_number" = $6 and "u"."target_ordinal" = $2
         and "u"."row_number" = "d"."row_number" and "u"."job_number" = $1
       where "d"."made" and "d"."outcome" = 'reversed' and "d"."n" between $4 and $5
       order by "d"."row_number"
       on conflict do nothing
       returning "id"
     )
     insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", 'reversed', 'recreated', true, null, null, null, null, null, null
     from "w" join "undo_rows" as "r" on "r"."record_id" = "w"."id"`,
    [undoneNumber, targetOrdinal, jobNumber, from, to, importNumber],
  );
  // With its identity another record has come into being since, by an import more often than not.
  const identity = ['tenant_id', 'source_id', ...spec.identity.map((name) => fieldOf(spec, name).column)];
  const types = new Map(facts.columns.map(({ name, type }) => [name, type]));
  const same = identity.map((column) => `"o".${quoted(column)} = ${wholeValue(column)}::${types.get(column) ?? 'text'}`);
  await client.query(
    `update "undo_records" as "d" set "outcome" = 'kept_superseded', "reason" = $3, "superseded_by" = (
       select "r"."job_number" from "import_undos" as "u"
       join ${table} as "o" on ${same.join(' and ')}
       join "import_records" as "r" on "r"."target_id" = "o"."id" and "r"."action" in ('created', 'updated')
       where "u"."undone_number" = $7 and "u"."target_ordinal" = $5 and "u"."row_number" = "d"."row_number"
         and "u"."job_number" = $4
       order by "r"."created_at" desc limit 1)
     where "d"."made" and "d"."outcome" = 'reversed' and "d"."n" between $1 and $2
       and not exists (select from "import_undos" as "u" where "u"."undone_number" = $4 and "u"."target_ordinal" = $5
         and "u"."row_number" = "d"."row_number" and "u"."job_number" = $6)`,
    [from, to, 'Another record has its identity by now.', undoneNumber, targetOrdinal, jobNumber, importNumber],
  );
}

/** Entries of the rows whose records stay as they are; in a dry run, of all rows. */
export async function recordOthers({
  client,
  undoneNumber,
  targetOrdinal,
  jobNumber,
  options,
  redo,
}: UndoContext): Promise<void> {
  const effect = redo ? `'recreated'` : `'deleted'`;
  await client.query(
    `insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", "d"."outcome",
       case when "d"."outcome" = 'reversed' then case when "d"."made" then ${effect} else 'restored' end end,
       false, "d"."superseded_by", "d"."reason",
       case when "d"."outcome" = 'reversed' and not "d"."made" then "d"."image" end, null, null, null
     from "undo_rows" as "r" join "undo_records" as "d" on "d"."record_id" = "r"."record_id"
     ${options.dryRun ? '' : `where "d"."outcome" <> 'reversed'`}`,
    [undoneNumber, targetOrdinal, jobNumber],
  );
}

/** The rows of a rollback that are redone hold no more. */
export async function endEffects({ client, importNumber, undoneNumber, targetOrdinal }: UndoContext): Promise<void> {
  await client.query(
    `update "import_undos" as "u" set "in_effect" = false
     from "undo_rows" as "r" join "undo_records" as "d" on "d"."record_id" = "r"."record_id"
     where "u"."undone_number" = $1 and "u"."target_ordinal" = $2 and "u"."row_number" = "r"."row_number"
       and "u"."job_number" = $3 and "d"."outcome" = 'reversed'`,
    [importNumber, targetOrdinal, undoneNumber],
  );
}

/** A column of the record that the entry `u` keeps whole; null where it had no such column. */
function wholeValue(column: string): string {
  return `("u"."whole_values"[array_position("u"."whole_columns", ${literal(column)})])`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
