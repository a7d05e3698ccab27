import { z } from 'zod';
import type { RelationKind, SourceCollation } from '../../../domain/source-schema.ts';
import type { SourceSession, TextRow } from '../connection/session.ts';

/** A relation as the catalog has it. */
export interface CatalogRelation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly kind: RelationKind;
  /** Rows by the server's statistics, its partitions' together; null when it has none. */
  readonly estimate: number | null;
  readonly pages: number;
  readonly hasChildren: boolean;
  /** False for a materialised view without data, which cannot be read. */
  readonly populated: boolean;
}

export interface CatalogColumn {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly typeOid: number;
  readonly nullable: boolean;
}

export interface CatalogIndex {
  readonly relation: number;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly columns: readonly { readonly number: number; readonly collation: SourceCollation | null }[];
}

export interface CatalogForeignKey {
  readonly constraint: string;
  readonly relation: number;
  readonly columns: readonly string[];
  readonly referenced: number;
  readonly referencedColumns: readonly string[];
}

const NAMES = z.array(z.string());
const INDEX_COLUMNS = z.array(
  z.object({ number: z.number(), collation: z.object({ schema: z.string(), name: z.string() }).nullable() }),
);

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned_table',
  v: 'view',
  m: 'materialized_view',
  f: 'foreign_table',
};

/** Tables somebody made and this user may read; an extension's own are not his data, partitions are in their parent. */
const RELATIONS = `
  with parts as (
    select pg_catalog.pg_partition_root(oid) as root, sum(reltuples) as tuples, bool_and(reltuples >= 0) as known,
      sum(relpages) as pages
    from pg_catalog.pg_class where relispartition and relkind in ('r', 'f')
    group by 1
  )
  select c.oid, n.nspname, c.relname, c.relkind,
    case when c.relkind = 'p' then case when p.known then p.tuples end when c.reltuples >= 0 then c.reltuples end::bigint,
    coalesce(p.pages, c.relpages), c.relhassubclass and c.relkind <> 'p', c.relispopulated
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join parts p on p.root = c.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_any_column_privilege(c.oid, 'select')
    and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  order by n.nspname, c.relname`;

const COLUMNS = `
  select a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid,
    not (a.attnotnull or t.typnotnull)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
    and pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')
  order by a.attrelid, a.attnum`;

/**
 * Indexes over plain columns of all rows, in the types' usual order, so that a comparison of rows can use them; with
 * the collation of each column where the index has another than the column.
 */
const INDEXES = `
  select i.indrelid, i.indisunique, i.indisprimary,
    (select json_agg(json_build_object('number', k.number, 'collation',
        case when o.oid is not null then json_build_object('schema', s.nspname, 'name', o.collname) end) order by k.n)
      from unnest(i.indkey::int2[], i.indcollation::oid[]) with ordinality k(number, sorted, n)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      left join pg_catalog.pg_collation o on o.oid = k.sorted and k.sorted <> a.attcollation
      left join pg_catalog.pg_namespace s on s.oid = o.collnamespace
      where k.n <= i.indnkeyatts)::text
  from pg_catalog.pg_index i
  join pg_catalog.pg_class x on x.oid = i.indexrelid
  join pg_catalog.pg_am m on m.oid = x.relam and m.amname = 'btree'
  where i.indrelid = any($1::oid[]) and i.indisvalid and i.indisready and i.indpred is null and i.indexprs is null
    and not exists (
      select from unnest(i.indclass::oid[]) c(oid) join pg_catalog.pg_opclass o using (oid) where not o.opcdefault)
  order by i.indrelid, i.indisprimary desc, i.indexrelid`;

/** Foreign keys by the names of their columns, those between partitions told of their parents. */
const FOREIGN_KEYS = `
  with keys as (
    select c.conname, coalesce(pg_catalog.pg_partition_root(c.conrelid)::oid, c.conrelid) as relation,
      coalesce(pg_catalog.pg_partition_root(c.confrelid)::oid, c.confrelid) as referenced,
      (select json_agg(a.attname order by k.n)::text from unnest(c.conkey) with ordinality k(number, n)
        join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) as columns,
      (select json_agg(a.attname order by k.n)::text from unnest(c.confkey) with ordinality k(number, n)
        join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number) as referenced_columns
    from pg_catalog.pg_constraint c
    where c.contype = 'f' and c.conparentid = 0
  )
  select min(conname), relation, columns, referenced, referenced_columns
  from keys group by 2, 3, 4, 5 order by 2, 3, 4, 5`;

/** The types under domains: of each type asked for, the id, name, `typtype`, category and castable text of its base. */
const TYPES = `
  with recursive chain (asked, at) as (
    select u, u from unnest($1::oid[]) u
    union all
    select c.asked, t.typbasetype from chain c join pg_catalog.pg_type t on t.oid = c.at and t.typtype = 'd'
  )
  select c.asked, t.oid, t.typname, t.typtype, t.typcategory, pg_catalog.format_type(t.oid, -1)
  from chain c join pg_catalog.pg_type t on t.oid = c.at where t.typtype <> 'd'`;

export async function readRelations(session: SourceSession): Promise<CatalogRelation[]> {
  const rows = await session.query(RELATIONS);
  return rows.map(([oid, schema, table, kind, estimate, pages, children, populated]) => ({
    oid: Number(oid),
    schema: schema ?? '',
    table: table ?? '',
    kind: KINDS[kind ?? ''] ?? 'table',
    estimate: estimate === null || estimate === undefined ? null : Number(estimate),
    pages: Number(pages),
    hasChildren: children === 't',
    populated: populated === 't',
  }));
}

export async function readColumns(session: SourceSession, oids: readonly number[]): Promise<CatalogColumn[]> {
  const rows = await session.query(COLUMNS, [oids.map(String)]);
  return rows.map(([relation, number, name, type, typeOid, nullable]) => ({
    relation: Number(relation),
    number: Number(number),
    name: name ?? '',
    type: type ?? '',
    typeOid: Number(typeOid),
    nullable: nullable === 't',
  }));
}

export async function readIndexes(session: SourceSession, oids: readonly number[]): Promise<CatalogIndex[]> {
  const rows = await session.query(INDEXES, [oids.map(String)]);
  return rows.map(([relation, unique, primary, columns]) => ({
    relation: Number(relation),
    unique: unique === 't',
    primary: primary === 't',
    columns: INDEX_COLUMNS.parse(JSON.parse(columns ?? '[]')),
  }));
}

export async function readForeignKeys(session: SourceSession): Promise<CatalogForeignKey[]> {
  const rows = await session.query(FOREIGN_KEYS);
  return rows.map(([constraint, relation, columns, referenced, referencedColumns]) => ({
    constraint: constraint ?? '',
    relation: Number(relation),
    columns: names(columns),
    referenced: Number(referenced),
    referencedColumns: names(referencedColumns),
  }));
}

/** By type id; a type that is no domain is its own base. */
export async function readTypes(session: SourceSession, oids: readonly number[]): Promise<Map<number, TextRow>> {
  const rows = await session.query(TYPES, [oids.map(String)]);
  return new Map(rows.map((row) => [Number(row[0]), row.slice(1)]));
}

function names(json: string | null | undefined): string[] {
  return NAMES.parse(JSON.parse(json ?? '[]'));
}
