import type { PoolClient } from 'pg';
import { AppError } from '../../domain/errors.ts';
import { isOwn } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { qualified } from '../identifier.ts';

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
  /**
   * Of its columns those that are emptied so that it refers to nothing; none where that cannot be, or its rows cannot be
   * told apart to be restored.
   */
  readonly clearing: readonly ColumnFacts[];
  /** It refers to its own table. */
  readonly self: boolean;
  /** What its rows are deleted or changed by without a word when what they refer to goes: `on delete cascade` and the like. */
  readonly follows: boolean;
  /** The table it is a partition of, else itself. */
  readonly root: { readonly schema: string; readonly table: string };
}

/** What the catalog says of a target's table. */
export interface TableFacts {
  /** Every column that can be written. */
  readonly columns: readonly ColumnFacts[];
  readonly referrers: readonly Referrer[];
  /** Nothing but foreign keys is concerned with what is deleted, and the session may answer for these. */
  readonly unwatched: boolean;
}

interface ReferrerRow {
  readonly constraint: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly (ColumnFacts & { refersTo: string; fixed: boolean })[];
  readonly key: readonly ColumnFacts[] | null;
  readonly self: boolean;
  readonly follows: boolean;
  readonly full: boolean;
  readonly root: { readonly schema: string; readonly table: string };
}

/** What undo needs of every table besides the columns of its fields. */
const NEEDED = ['id', 'tenant_id', 'source_hash', 'updated_at'];

/**
 * Holds a target's table in its shape until the transaction ends and reads what undo has to know of it: its columns, and
 * every foreign key in the database that refers to it, of which there will be no others meanwhile. `written` are the
 * fields that the import filled. Throws `conflict` for a table that is gone or has lost columns: what was written there
 * cannot be undone.
 */
export async function holdTable(client: PoolClient, spec: TargetSpec, written: readonly string[]): Promise<TableFacts> {
  const { schema, table, fields } = spec;
  const { rows: found } = await client.query(`select where to_regclass($1) is not null`, [qualified(schema, table)]);
  if (found.length > 0) await client.query(`lock table only ${qualified(schema, table)} in row exclusive mode`);
  const { rows: columns } = await client.query<ColumnFacts>(COLUMNS, [schema, table]);
  const names = new Set(columns.map(({ name }) => name));
  const needed = isOwn(spec)
    ? [...spec.own.key, ...fields.filter(({ name }) => written.includes(name))].map(({ column }) => column)
    : [...NEEDED, ...fields.map(({ column }) => column)];
  const missing = [...new Set(needed)].filter((name) => !names.has(name));
  if (missing.length > 0)
    throw new AppError(
      'conflict',
      `The table ${schema}.${table} has no columns ${missing.join(', ')}: what was written there cannot be undone.`,
    );
  const { rows } = await client.query<ReferrerRow>(REFERRERS, [schema, table]);
  const referrers = rows.map((row): Referrer => {
    const free = row.columns.filter((column) => !column.fixed && !isKey(row, column.name));
    // A key of which one part is empty refers to nothing, unless it was declared to be empty as a whole.
    const clearable = row.key !== null && (!row.full || free.length === row.columns.length);
    return { ...row, key: row.key ?? [], clearing: clearable ? free : [] };
  });
  const { rows: watched } = await client.query<{ unwatched: boolean }>(UNWATCHED, [schema, table]);
  return { columns, referrers, unwatched: !isOwn(spec) && watched[0]?.unwatched === true };
}

function isKey({ key }: ReferrerRow, column: string): boolean {
  return key?.some(({ name }) => name === column) ?? false;
}

const COLUMNS = `
  select "a"."attname" as "name", format_type("a"."atttypid", "a"."atttypmod") as "type"
  from "pg_attribute" as "a" join "pg_class" as "c" on "c"."oid" = "a"."attrelid"
  join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
  where "n"."nspname" = $1 and "c"."relname" = $2 and "a"."attnum" > 0 and not "a"."attisdropped"
    and "a"."attgenerated" = ''
  order by "a"."attnum"`;

const REFERRERS = `
  select "k"."conname" as "constraint", "n"."nspname" as "schema", "c"."relname" as "table",
    "root"."oid" = "t"."oid" as "self", "k"."confdeltype" in ('c', 'n', 'd') as "follows", "k"."confmatchtype" = 'f' as "full",
    json_build_object('schema', "rn"."nspname", 'table', "root"."relname") as "root",
    (select json_agg(json_build_object('name', "a"."attname", 'type', format_type("a"."atttypid", "a"."atttypmod"),
        'refersTo', "b"."attname",
        'fixed', "a"."attnotnull" or "a"."attgenerated" <> '' or "y"."typnotnull") order by "p"."place")
      from unnest("k"."conkey", "k"."confkey") with ordinality as "p" ("own", "other", "place")
      join "pg_attribute" as "a" on "a"."attrelid" = "k"."conrelid" and "a"."attnum" = "p"."own"
      join "pg_type" as "y" on "y"."oid" = "a"."atttypid"
      join "pg_attribute" as "b" on "b"."attrelid" = "k"."confrelid" and "b"."attnum" = "p"."other") as "columns",
    (select json_agg(json_build_object('name', "a"."attname", 'type', format_type("a"."atttypid", "a"."atttypmod"))
        order by "p"."place")
      from "pg_constraint" as "own" cross join unnest("own"."conkey") with ordinality as "p" ("number", "place")
      join "pg_attribute" as "a" on "a"."attrelid" = "own"."conrelid" and "a"."attnum" = "p"."number"
      where "own"."conrelid" = "k"."conrelid" and "own"."contype" = 'p') as "key"
  from "pg_class" as "t" join "pg_namespace" as "tn" on "tn"."oid" = "t"."relnamespace"
  join "pg_constraint" as "k" on "k"."confrelid" = "t"."oid"
    or "k"."confrelid" in (select "relid" from pg_partition_tree("t"."oid"))
  join "pg_class" as "c" on "c"."oid" = "k"."conrelid"
  join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
  join "pg_class" as "root" on "root"."oid" = coalesce(pg_partition_root("c"."oid"), "c"."oid")
  join "pg_namespace" as "rn" on "rn"."oid" = "root"."relnamespace"
  where "k"."contype" = 'f' and "k"."conparentid" = 0 and "tn"."nspname" = $1 and "t"."relname" = $2
  order by "n"."nspname", "c"."relname", "k"."conname"`;

const UNWATCHED = `
  select current_setting('is_superuser')::boolean and "c"."relkind" = 'r' and not "c"."relhasrules"
    and not "c"."relhassubclass" and not exists (
      select from "pg_trigger" where "tgrelid" = "c"."oid" and not "tgisinternal") as "unwatched"
  from "pg_class" as "c" join "pg_namespace" as "n" on "n"."oid" = "c"."relnamespace"
  where "n"."nspname" = $1 and "c"."relname" = $2`;
