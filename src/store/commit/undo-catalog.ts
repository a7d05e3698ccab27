import type { PoolClient } from 'pg';
import { AppError } from '../../domain/errors.ts';
import type { TargetSpec } from '../../domain/target.ts';

/** A column that values are put back into, with the type they are cast to. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
}

/** A foreign key that refers to the target's table. */
export interface Referrer {
  readonly constraint: string;
  readonly schema: string;
  readonly table: string;
  /** The referring columns and what each refers to, in the order of the key. */
  readonly columns: readonly (ColumnFacts & { readonly refersTo: string })[];
  /** The referrer's primary key; empty when it has none. */
  readonly key: readonly ColumnFacts[];
  /** All of its columns may be empty, and its rows can be told apart: it can be cleared, and restored. */
  readonly clearable: boolean;
  /** It refers to its own table. */
  readonly self: boolean;
}

/** What the catalog says of a target's table. */
export interface TableFacts {
  /** Every column that can be written. */
  readonly columns: readonly ColumnFacts[];
  readonly referrers: readonly Referrer[];
}

interface ReferrerRow {
  readonly constraint: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly (ColumnFacts & { refersTo: string; notNull: boolean })[];
  readonly key: readonly ColumnFacts[] | null;
  readonly self: boolean;
}

/** What undo needs of every table besides the columns of its fields. */
const NEEDED = ['id', 'tenant_id', 'source_hash', 'updated_at'];

/**
 * Reads what undo has to know of a target's table: its columns, and every foreign key in the database that refers to it.
 * Throws `conflict` for a table that is gone or has lost columns: what was written there cannot be undone.
 */
export async function readTableFacts(client: PoolClient, { schema, table, fields }: TargetSpec): Promise<TableFacts> {
  const { rows: columns } = await client.query<ColumnFacts>(
    `select "a"."attname" as "name", format_type("a"."atttypid", "a"."atttypmod") as "type"
     from "pg_attribute" as "a" join "pg_class" as "c" on "c"."oid" = "a"."attrelid"
     join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
     where "n"."nspname" = $1 and "c"."relname" = $2 and "a"."attnum" > 0 and not "a"."attisdropped"
       and "a"."attgenerated" = ''
     order by "a"."attnum"`,
    [schema, table],
  );
  const names = new Set(columns.map(({ name }) => name));
  const missing = [...NEEDED, ...fields.map(({ column }) => column)].filter((name) => !names.has(name));
  if (missing.length > 0)
    throw new AppError(
      'conflict',
      `The table ${schema}.${table} has no columns ${missing.join(', ')}: what was written there cannot be undone.`,
    );
  const { rows } = await client.query<ReferrerRow>(REFERRERS, [schema, table]);
  const referrers = rows.map((row): Referrer => ({
    ...row,
    key: row.key ?? [],
    clearable: row.key !== null && row.columns.every((column) => !column.notNull && !isKey(row, column.name)),
  }));
  return { columns, referrers };
}

function isKey({ key }: ReferrerRow, column: string): boolean {
  return key?.some(({ name }) => name === column) ?? false;
}

const REFERRERS = `
  select "k"."conname" as "constraint", "n"."nspname" as "schema", "c"."relname" as "table",
    "k"."conrelid" = "k"."confrelid" as "self",
    (select json_agg(json_build_object('name', "a"."attname", 'type', format_type("a"."atttypid", "a"."atttypmod"),
        'refersTo', "b"."attname", 'notNull', "a"."attnotnull") order by "p"."place")
      from unnest("k"."conkey", "k"."confkey") with ordinality as "p" ("own", "other", "place")
      join "pg_attribute" as "a" on "a"."attrelid" = "k"."conrelid" and "a"."attnum" = "p"."own"
      join "pg_attribute" as "b" on "b"."attrelid" = "k"."confrelid" and "b"."attnum" = "p"."other") as "columns",
    (select json_agg(json_build_object('name', "a"."attname", 'type', format_type("a"."atttypid", "a"."atttypmod"))
        order by "p"."place")
      from "pg_constraint" as "own" cross join unnest("own"."conkey") with ordinality as "p" ("number", "place")
      join "pg_attribute" as "a" on "a"."attrelid" = "own"."conrelid" and "a"."attnum" = "p"."number"
      where "own"."conrelid" = "k"."conrelid" and "own"."contype" = 'p') as "key"
  from "pg_constraint" as "k"
  join "pg_class" as "c" on "c"."oid" = "k"."conrelid"
  join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
  join "pg_class" as "t" on "t"."oid" = "k"."confrelid"
  join "pg_namespace" as "tn" on "tn"."oid" = "t"."relnamespace"
  where "k"."contype" = 'f' and "k"."conparentid" = 0 and "tn"."nspname" = $1 and "t"."relname" = $2
  order by "n"."nspname", "c"."relname", "k"."conname"`;
