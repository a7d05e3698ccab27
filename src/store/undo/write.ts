import type { QueryResult } from 'pg';
import { fieldOf, hashSql, literal, objectSql, textSql } from '../commit/field-sql.ts';
import { isOwn } from '../../domain/target.ts';
import type { OwnSpec, TargetSpec } from '../../domain/target.ts';
import { isDirectory } from '../../rows/directory-draft.ts';
import { qualified, quoted } from '../identifier.ts';
import { keySql, KEPT_WHOLE, LINKS, RELINKED, wholeHashSql } from '../own/own-sql.ts';
import { aboutSql } from '../ledger-about.ts';
import { reachSql, idOfRowSql } from '../records-sql.ts';
import { referring } from './references.ts';
import type { Part, UndoContext } from './context.ts';
import { ENTRY, undoneEntry, wholeRow, wholeValue, wholeValues } from './entry.ts';

/**
 * Removes records that the import made; each entry that holds one keeps all of it. Says how many entries it wrote, like
 * all that changes records. A dry run lets those be that are
 * referred to by what would have gone in chunks before, and by now only that can refer to them.
 */
export async function deleteRecords(context: UndoContext, { from, to }: Part): Promise<number> {
  const { client, tenantId, spec, undoneNumber, targetOrdinal, jobNumber, facts, options } = context;
  const table = qualified(spec.schema, spec.table);
  const reach = reachSql(spec, '"d"."record_id"', '$4');
  const unreferred = facts.referrers.map((referrer) => `and not exists (select from ${referring(referrer, spec)})`);
  const unlinked = isOwn(spec) ? UNLINKED : NEVER_LINKED;
  const remove = (): Promise<QueryResult> =>
    client.query(
      `with "w" as (
       delete from ${table} as "t" using "undo_records" as "d" ${reach.join}
       where ${reach.where} and "d"."made" and "d"."outcome" = 'reversed'
         and "d"."n" between $5 and $6 ${options.dryRun ? unreferred.join(' ') : ''}
       returning "d"."record_id", "d"."row_number", ${wholeRow(facts)} as "whole"
     )${unlinked.with}
     insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", 'reversed', 'deleted', true, null, null, ${unlinked.image}, null,
       case when "r"."row_number" = "w"."row_number" then $7::bigint end,
       case when "r"."row_number" = "w"."row_number" then "w"."whole" end
     from "w" join "undo_rows" as "r" on "r"."record_id" = "w"."record_id" ${unlinked.join}`,
      [undoneNumber, targetOrdinal, jobNumber, tenantId, from, to, context.shapes[0]?.id ?? null],
    );
  // `keepReferenced` has kept what any of them refers to.
  const { rowCount } = await (mayProveUnreferred(context) ? withoutForeignKeys(context, remove) : remove());
  return rowCount ?? 0;
}

/**
 * Whether foreign keys have nothing to find when records go: their triggers look row by row, and take longer than all
 * the rest. It holds where it is shown otherwise that nothing refers to what goes; as the records are held, none can come
 * to be referred to until the chunk is committed.
 */
export function mayProveUnreferred({ facts, options }: UndoContext): boolean {
  return (
    facts.unwatched && options.preserveRelationships && !options.dryRun && !facts.referrers.some(({ self }) => self)
  );
}

/** Has work done without the triggers of foreign keys. An error takes the setting back with all that was done. */
export async function withoutForeignKeys<T>({ client }: UndoContext, work: () => Promise<T>): Promise<T> {
  await client.query('set local session_replication_role = replica');
  const done = await work();
  await client.query('set local session_replication_role to default');
  return done;
}

/** What a record of an own table is known by goes with it, and comes back with it. */
const UNLINKED = {
  with: `, "unlinked" as (
       delete from ${LINKS} as "l" using "w" where "l"."id" = "w"."record_id"
       returning "l"."id", jsonb_build_object('created_at', "l"."created_at", 'updated_at', "l"."updated_at") as "times"
     )`,
  join: `join "unlinked" on "unlinked"."id" = "w"."record_id"`,
  image: `case when "r"."row_number" = "w"."row_number" then "unlinked"."times" end`,
};
const NEVER_LINKED = { with: '', join: '', image: 'null' };

/** Gives the columns that the job wrote back what they held before, and when they came to hold it; only them. */
export async function restoreRecords(context: UndoContext, { from, to }: Part): Promise<number> {
  const { client, tenantId, spec, undoneNumber, targetOrdinal, jobNumber, writtenFields } = context;
  const fields = writtenFields.map((name) => fieldOf(spec, name));
  const types = new Map(context.facts.columns.map(({ name, type }) => [name, type]));
  const valueOf = (column: string): string => `("d"."image"->>${literal(column)})::${types.get(column) ?? 'text'}`;
  const assignments = fields
    .filter(({ own }) => own?.always !== true)
    .map(({ column }) => `${quoted(column)} = ${valueOf(column)}`);
  // Rows that no job can change were not changed either.
  if (assignments.length === 0) return 0;
  const before = fields.map((field) => [field.column, textSql(field, 'old')] as const);
  const { kept, set, returning, with: linked } = isOwn(spec) ? restoredOwn(spec) : RESTORED;
  const reach = reachSql(spec, '"d"."record_id"', '$4');
  const { rowCount } = await client.query(
    `with "w" as (
       update ${qualified(spec.schema, spec.table)} as "t" set ${[...assignments, ...set].join(', ')}
       from "undo_records" as "d" ${reach.join}
       where ${reach.where} and not "d"."made" and "d"."outcome" = 'reversed'
         and "d"."n" between $5 and $6
       returning "d"."record_id", "d"."row_number", ${hashSql(spec, writtenFields, 'new')} as "hash",
         ${objectSql([...before, ...kept])} as "image" ${returning}
     )${linked}
     insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", 'reversed', 'restored', true, null, null,
       case when "r"."row_number" = "w"."row_number" then "w"."image" end, "w"."hash", null, null
     from "w" join "undo_rows" as "r" on "r"."record_id" = "w"."record_id"`,
    [undoneNumber, targetOrdinal, jobNumber, tenantId, from, to],
  );
  return rowCount ?? 0;
}

/** Columns of ours that come back with those of the fields. */
const RESTORED: {
  readonly kept: readonly (readonly [name: string, value: string])[];
  readonly set: readonly string[];
  readonly returning: string;
  readonly with: string;
} = {
  kept: [
    ['source_hash', `encode("old"."source_hash", 'hex')`],
    ['updated_at', '"old"."updated_at"::text'],
  ],
  set: [
    `"source_hash" = decode("d"."image"->>'source_hash', 'hex')`,
    // Where an earlier row of the same chunk wrote the record, nobody ever saw it as it was in between.
    `"updated_at" = coalesce(("d"."image"->>'updated_at')::timestamptz, clock_timestamp())`,
  ],
  returning: '',
  with: '',
};

/** An own table has no columns of ours; its row's link follows its key. */
function restoredOwn(spec: OwnSpec): typeof RESTORED {
  return {
    kept: [],
    set: [],
    returning: `, ${keySql(spec, 'new')} as "new_key", ${KEPT_WHOLE} as "whole_after"`,
    with: `, "linked" as (
       update ${LINKS} as "l" set "row_key" = "new_key", "updated_at" = clock_timestamp(), "whole_hash" = "whole_after"
       from "w" where "l"."id" = "w"."record_id"
     )`,
  };
}

/** Brings records back that the rollback which is undone had removed. */
export async function recreateRecords(context: UndoContext, { from, to }: Part): Promise<number> {
  const { client, spec, facts, undoneNumber, importNumber, targetOrdinal, jobNumber } = context;
  const columns = facts.columns.map(({ name }) => quoted(name)).join(', ');
  const values = wholeValues(context, facts.columns);
  const removed = `
       from "undo_records" as "d" cross join lateral ${undoneEntry('$6', '$2', '$1')} as "u"
       where "d"."made" and "d"."outcome" = 'reversed' and "d"."n" between $4 and $5
       order by "d"."row_number"`;
  const made = isOwn(spec)
    ? `merge into ${qualified(spec.schema, spec.table)} as "t"
       using (select "d"."record_id", "u".* ${removed}) as "u" on false
       when not matched then insert (${columns}) overriding system value values (${values})
       returning "u"."record_id" as "id", ${keySql(spec, 't')} as "row_key", "u"."before_image" as "times",
         ${wholeHashSql('t')} as "whole"
     ), "linked" as (
       insert into ${LINKS} as "l" ("id", "target_number", "row_key", "created_at", "updated_at", "whole_hash")
       select "id", ${spec.own.number}, "row_key", ("times"->>'created_at')::timestamptz,
         ("times"->>'updated_at')::timestamptz, "whole" from "w" ${RELINKED}`
    : `insert into ${qualified(spec.schema, spec.table)} (${columns}) overriding system value
       select ${values} ${removed}
       returning "id"`;
  const { rowCount } = await client.query(
    `with "w" as (
       ${made}
     )
     insert into ${ENTRY}
     select $1, $2, "r"."row_number", $3, "r"."record_id", 'reversed', 'recreated', true, null, null, null, null, null, null
     from "w" join "undo_rows" as "r" on "r"."record_id" = "w"."id"`,
    [undoneNumber, targetOrdinal, jobNumber, from, to, importNumber],
  );
  return rowCount ?? 0;
}

/** Keeps away the records whose identity another has by now: an import has brought it anew, more often than not. */
export async function keepTaken(context: UndoContext): Promise<void> {
  const { client, tenantId, spec, facts, undoneNumber, importNumber, targetOrdinal } = context;
  const identity = identityColumns(spec);
  const types = new Map(facts.columns.map(({ name, type }) => [name, type]));
  const same = identity.map(
    (column) => `"o".${quoted(column)} = ${wholeValue(context, column)}::${types.get(column) ?? 'text'}`,
  );
  await client.query(
    `update "undo_records" as "d" set "outcome" = 'kept_superseded', "reason" = $1, "superseded_by" = (
       select "r"."job_number" from "import_records" as "r"
       where "r"."target_id" = "taken"."by" and "r"."action" in ('created', 'updated') and ${aboutSql(spec, tenantId)}
       order by "r"."created_at" desc limit 1)
     from (
       select "d"."n", ${idOfRowSql(spec, 'o')} as "by"
       from (select * from "undo_records" where "made" and "outcome" = 'reversed') as "d"
       cross join lateral ${undoneEntry('$2', '$3', '$4')} as "u"
       cross join lateral (
         select * from ${qualified(spec.schema, spec.table)} as "o" where ${same.join(' and ')} offset 0
       ) as "o"
     ) as "taken" where "d"."n" = "taken"."n"`,
    ['Another record has its identity by now.', importNumber, targetOrdinal, undoneNumber],
  );
}

/** The columns by which a record is another's equal. */
function identityColumns(spec: TargetSpec): readonly string[] {
  if (isDirectory(spec)) return ['tenant_id', 'id'];
  const named = spec.identity.map((name) => fieldOf(spec, name).column);
  return isOwn(spec) ? named : ['tenant_id', 'source_id', ...named];
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

/** Records that were to be changed and were not, because a trigger passed over them without a word, stay as they are. */
export async function failUntouched({ client, undoneNumber, targetOrdinal, jobNumber }: UndoContext): Promise<void> {
  const message = 'A trigger of the table did not let it happen.';
  await client.query(
    `update "undo_records" as "d" set "outcome" = 'failed', "reason" = $4, "issue" = $5
     where "d"."outcome" = 'reversed' and not exists (select from ${undoneEntry('$1', '$2', '$3')} as "u" offset 0)`,
    [undoneNumber, targetOrdinal, jobNumber, message, JSON.stringify({ code: 'constraint_violation', message })],
  );
}

/** What the database refused, as issues of all the rows whose record it is. */
export async function writeRefusals({ client, jobNumber, targetOrdinal }: UndoContext): Promise<void> {
  await client.query(
    `insert into "import_issues" ("job_number", "target_ordinal", "row_number", "ordinal", "field", "code", "message",
       "value", "fatal")
     select $1, $2, "r"."row_number", 0, "d"."issue"->>'field', "d"."issue"->>'code', "d"."issue"->>'message', null, true
     from "undo_rows" as "r" join "undo_records" as "d" on "d"."record_id" = "r"."record_id"
     where "d"."outcome" = 'failed'`,
    [jobNumber, targetOrdinal],
  );
}
