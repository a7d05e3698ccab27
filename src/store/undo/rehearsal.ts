import { DatabaseError } from 'pg';
import { isOwn } from '../../domain/target.ts';
import { qualified, quoted } from '../identifier.ts';
import { idOfRowSql, recordsSql } from '../records-sql.ts';
import { UNIQUE_VIOLATION } from '../commit/database-error.ts';
import { literal } from '../commit/field-sql.ts';
import { entryOf } from './references.ts';
import type { UndoContext } from './context.ts';
import { undoneEntry, wholeValue } from './entry.ts';

/**
 * Whether what the database refused in a dry run it would take when it is meant: the value that a record is to have back
 * is held by one that would have given it up before. `n` is the staged record.
 */
export async function isGivenUp(context: UndoContext, n: number, error: unknown): Promise<boolean> {
  if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION || !error.constraint) return false;
  const { client, spec, facts, writtenFields, redo, undoneNumber, importNumber, targetOrdinal } = context;
  const { rows: columns } = await client.query<{ name: string | null }>(
    `select "a"."attname" as "name"
     from "pg_index" as "i" join "pg_class" as "c" on "c"."oid" = "i"."indexrelid"
     join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
     cross join unnest("i"."indkey") as "k" ("number")
     left join "pg_attribute" as "a" on "a"."attrelid" = "i"."indrelid" and "a"."attnum" = "k"."number"
     where "n"."nspname" = $1 and "c"."relname" = $2`,
    [error.schema, error.constraint],
  );
  const types = new Map(facts.columns.map(({ name, type }) => [name, type]));
  const written = new Set(spec.fields.filter(({ name }) => writtenFields.includes(name)).map(({ column }) => column));
  const same = columns.map(({ name }) => {
    const type = name === null ? undefined : types.get(name);
    if (name === null || type === undefined) return 'false';
    const restored = written.has(name) ? `("d"."image"->>${literal(name)})::${type}` : `"t".${quoted(name)}`;
    const back = redo
      ? `case when "d"."made" then ${wholeValue(context, name)}::${type} else ${restored} end`
      : restored;
    return `"o".${quoted(name)} = ${back}`;
  });
  const records = recordsSql(spec);
  const other = idOfRowSql(spec, 'o');
  const entry = `cross join lateral ${undoneEntry(`${importNumber}`, `${targetOrdinal}`, `${undoneNumber}`)} as "u"`;
  const { rows } = await client.query<{ given: boolean }>(
    `select exists (
       select from "undo_records" as "d" ${redo ? entry : ''} left join ${records.from} on ${records.id} = "d"."record_id"
       join ${qualified(spec.schema, spec.table)} as "o" on ${other} <> "d"."record_id" and ${same.join(' and ')}
       where "d"."n" = $1 and (
         exists (select from "undo_records" as "g"
           where "g"."record_id" = ${other} and "g"."outcome" = 'reversed' and "g"."n" < $1)
         or exists (select ${entryOf(other, context)}))
     ) as "given"`,
    [n],
  );
  return rows[0]?.given === true;
}

interface ForeignKey {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly refersTo: string }[];
}

/**
 * Leaves out of the rehearsal of a redo what refers to records that would have been brought back before, and which a dry
 * run has not: nothing else is missing to it. So do those that refer to what is left out.
 */
export async function setWaitingAside(context: UndoContext): Promise<void> {
  const { client, spec, importNumber, targetOrdinal, undoneNumber } = context;
  const { rows: keys } = await client.query<ForeignKey>(FOREIGN_KEYS, [spec.schema, spec.table]);
  const statements = keys.flatMap((key) => {
    const back = key.columns.map(({ name }, index) => `${valueBack(context, name)} as "${index}"`);
    const values = key.columns.map((_, index) => `"v"."${index}"`);
    const found = key.columns.map(({ type, refersTo }, index) => `"f".${quoted(refersTo)} = ${values[index]}::${type}`);
    const expected = isExpected(context, key, values);
    if (expected === null) return [];
    return `update "undo_records" as "w" set "outcome" = 'waiting'
       from (
         select "d"."n" from "undo_records" as "d"
         cross join lateral ${undoneEntry(`${importNumber}`, `${targetOrdinal}`, `${undoneNumber}`)} as "u"
         cross join lateral (select ${back.join(', ')} offset 0) as "v"
         where "d"."outcome" = 'reversed' and ${values.map((value) => `${value} is not null`).join(' and ')}
           and not exists (select from ${qualified(key.schema, key.table)} as "f" where ${found.join(' and ')} offset 0)
           and ${expected}
       ) as "d" where "w"."n" = "d"."n"`;
  });
  for (let more = statements.length > 0; more;) {
    more = false;
    for (const statement of statements) more = ((await client.query(statement)).rowCount ?? 0) > 0 || more;
  }
}

/** The text that a column of the record `d` is to have again. */
function valueBack(context: UndoContext, column: string): string {
  return `(case when "d"."made" then ${wholeValue(context, column)} else "d"."image"->>${literal(column)} end)`;
}

/** Whether the redo would bring back what a key refers to; null where it never would. */
function isExpected(
  context: UndoContext,
  { schema, table, columns }: ForeignKey,
  values: readonly string[],
): string | null {
  const target = context.targets.find((spec) => spec.schema === schema && spec.table === table);
  const [value] = values;
  if (!target || value === undefined) return null;
  // Rows of own tables are known by keys that may be any columns: what is missing is taken to be among what comes back.
  if (isOwn(target)) return 'true';
  if (columns.length > 1 || columns[0]?.refersTo !== 'id') return null;
  return `(exists (select ${entryOf(`${value}::uuid`, context)} and "u"."effect" = 'recreated')
    or exists (select from "undo_records" as "o" where "o"."record_id" = ${value}::uuid and "o"."outcome" = 'waiting'))`;
}

const FOREIGN_KEYS = `
  select "n"."nspname" as "schema", "c"."relname" as "table", (
    select json_agg(json_build_object('name', "a"."attname", 'type', format_type("b"."atttypid", "b"."atttypmod"),
      'refersTo', "b"."attname") order by "p"."place")
    from unnest("k"."conkey", "k"."confkey") with ordinality as "p" ("own", "other", "place")
    join "pg_attribute" as "a" on "a"."attrelid" = "k"."conrelid" and "a"."attnum" = "p"."own"
    join "pg_attribute" as "b" on "b"."attrelid" = "k"."confrelid" and "b"."attnum" = "p"."other"
  ) as "columns"
  from "pg_constraint" as "k" join "pg_class" as "c" on "c"."oid" = "k"."confrelid"
  join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
  where "k"."contype" = 'f' and "k"."conrelid" = to_regclass(quote_ident($1) || '.' || quote_ident($2))`;
