import { DatabaseError } from 'pg';
import { qualified, quoted } from '../identifier.ts';
import { idOfRowSql, recordsSql } from '../records-sql.ts';
import { UNIQUE_VIOLATION } from './database-error.ts';
import { literal } from './field-sql.ts';
import { entryOf } from './undo-references.ts';
import type { UndoContext } from './undo-context.ts';

/**
 * Whether what the database refused in a dry run it would take when it is meant: the value that a record is to have back
 * is held by one that would have given it up before. `n` is the staged record.
 */
export async function isGivenUp(context: UndoContext, n: number, error: unknown): Promise<boolean> {
  if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION || !error.constraint) return false;
  const { client, spec, facts, writtenFields, jobNumber } = context;
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
    const back = written.has(name) ? `("d"."image"->>${literal(name)})::${type}` : `"t".${quoted(name)}`;
    return `"o".${quoted(name)} = ${back}`;
  });
  const records = recordsSql(spec);
  const other = idOfRowSql(spec, 'o');
  const { rows } = await client.query<{ given: boolean }>(
    `select exists (
       select from "undo_records" as "d" join ${records.from} on ${records.id} = "d"."record_id"
       join ${qualified(spec.schema, spec.table)} as "o" on ${other} <> ${records.id} and ${same.join(' and ')}
       where "d"."n" = $1 and (
         exists (select from "undo_records" as "g"
           where "g"."record_id" = ${other} and "g"."outcome" = 'reversed' and "g"."n" < $1)
         or exists (select ${entryOf(other, jobNumber)}))
     ) as "given"`,
    [n],
  );
  return rows[0]?.given === true;
}
