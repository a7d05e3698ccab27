import type { EntityManager } from '@mikro-orm/postgresql';
import type { ColumnFacts, TableFacts } from '../../domain/own-table.ts';

/**
 * What the catalog tells of a table by its name, `schema.table`, quoted or as it is listed; without a schema it is one
 * of `public`. Null when there is none.
 */
export async function readTable(em: EntityManager, name: string): Promise<TableFacts | null> {
  const [relation]: (Omit<TableFacts, keyof Contents> & {
    oid: string;
  })[] = await em.execute(RELATION, [name, name]);
  if (!relation) return null;
  const { oid, ...facts } = relation;
  const columns: ColumnFacts[] = await em.execute(COLUMNS, [oid, oid]);
  const indexes: IndexRow[] = await em.execute(INDEXES, [oid]);
  const foreignKeys: TableFacts['foreignKeys'] = await em.execute(FOREIGN_KEYS, [oid]);
  const checks: TableFacts['checks'] = await em.execute(CHECKS, [oid]);
  const whole = indexes.filter(({ partial }) => !partial);
  return {
    ...facts,
    columns,
    primaryKey: whole.find(({ primary }) => primary)?.columns ?? null,
    uniques: whole.map(({ name: constraint, columns: of }) => ({ name: constraint, columns: of })),
    partialUniques: indexes
      .filter(({ partial }) => partial)
      .map(({ name: constraint, columns: of }) => ({ name: constraint, columns: of })),
    foreignKeys,
    checks,
  };
}

/** What is read of a table by its number. */
type Contents = Pick<TableFacts, 'columns' | 'primaryKey' | 'uniques' | 'partialUniques' | 'foreignKeys' | 'checks'>;

interface IndexRow {
  readonly name: string;
  readonly columns: readonly string[];
  readonly primary: boolean;
  readonly partial: boolean;
}

const RELATION = String.raw`
  select c.oid::int8::text as "oid", n.nspname as "schema", c.relname as "table", c.relkind::text as "kind",
    c.relpersistence::text as "persistence", c.relispartition as "isPartition",
    c.relkind <> 'p' and exists (select from pg_inherits i where i.inhparent = c.oid) as "hasChildren",
    c.relhasrules as "hasRules",
    exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      as "ofExtension",
    array(select p from unnest(array['select', 'insert', 'update', 'delete']) p
      where not has_table_privilege(c.oid, p)) as "missingRights"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and has_schema_privilege(n.oid, 'usage')
    and exists (
      select from unnest(array[n.nspname, '"' || replace(n.nspname, '"', '""') || '"']) s,
        unnest(array[c.relname, '"' || replace(c.relname, '"', '""') || '"']) t
      where s || '.' || t = ? or n.nspname = 'public' and t = ?)
  order by n.nspname = 'public' desc, n.nspname limit 1`;

const COLUMNS = `
  with recursive chain (number, type, modifier) as (
    select attnum, atttypid, atttypmod from pg_attribute where attrelid = ?::oid and attnum > 0 and not attisdropped
    union all
    select number, t.typbasetype, t.typtypmod from chain join pg_type t on t.oid = chain.type and t.typtype = 'd'
  )
  select a.attname as "name", format_type(a.atttypid, a.atttypmod) as "declared",
    json_build_object('schema', n.nspname, 'name', t.typname, 'modifier', c.modifier) as "base",
    a.attnotnull or (select typnotnull from pg_type where oid = a.atttypid) as "notNull",
    pg_get_expr(d.adbin, d.adrelid) as "default", a.attidentity::text as "identity", a.attgenerated <> '' as "generated"
  from chain c join pg_type t on t.oid = c.type and t.typtype <> 'd'
  join pg_namespace n on n.oid = t.typnamespace
  join pg_attribute a on a.attrelid = ?::oid and a.attnum = c.number
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  order by a.attnum`;

const INDEXES = `
  select x.relname as "name", i.indisprimary as "primary", i.indpred is not null or i.indexprs is not null as "partial",
    coalesce((select json_agg(a.attname order by k.n) from unnest(i.indkey::int2[]) with ordinality k(number, n)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
      where k.n <= i.indnkeyatts), '[]') as "columns"
  from pg_index i join pg_class x on x.oid = i.indexrelid
  where i.indrelid = ?::oid and i.indisunique and i.indisvalid
  order by i.indisprimary desc, x.relname`;

const FOREIGN_KEYS = `
  select k.conname as "name", n.nspname || '.' || f.relname as "table",
    quote_ident(n.nspname) || '.' || quote_ident(f.relname) as "relation",
    (select json_agg(a.attname order by p.place) from unnest(k.conkey) with ordinality p(number, place)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number) as "columns",
    (select json_agg(a.attname order by p.place) from unnest(k.confkey) with ordinality p(number, place)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number) as "referred"
  from pg_constraint k join pg_class f on f.oid = k.confrelid join pg_namespace n on n.oid = f.relnamespace
  where k.conrelid = ?::oid and k.contype = 'f'
  order by k.conname`;

const CHECKS = `
  select k.conname as "name",
    (select json_agg(a.attname order by p.place) from unnest(k.conkey) with ordinality p(number, place)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number) as "columns"
  from pg_constraint k
  where k.conrelid = ?::oid and k.contype in ('c', 'x') and k.conkey is not null and 0 <> all(k.conkey)
  order by k.conname`;
