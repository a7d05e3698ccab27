import type { SourcePosition, SourceRange } from '../../../domain/query.ts';
import { joinSql } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import type { KeyColumn } from './ordering.ts';
import type { SourceQuery } from './query.ts';

export interface RowsWanted {
  readonly range: Pick<SourceRange, 'after' | 'upTo'>;
  /** The last row taken, or null to begin at the range's beginning. */
  readonly position: SourcePosition | null;
  /** Rows at the most, or null. */
  readonly limit: number | null;
}

/**
 * The SQL of rows in order. Its columns are the query's fields, then the key columns that are no fields; the digest
 * when that is the order. From a position on where joins make several rows of one key, that key's rows come again,
 * those taken before first: the reader leaves out as many as the position says.
 */
export function rowsSql(query: SourceQuery, wanted: RowsWanted): Sql {
  return query.ordering.kind === 'row-digest' ? digestedRows(query, wanted) : keyedRows(query, wanted);
}

/** The query as people read it. */
export function shownSql(query: SourceQuery, limit: number | null = null): Sql {
  const order = query.ordering.kind === 'unique-key' ? orderBy(query.ordering.keys.map(({ sql }) => sql)) : [];
  return [...select(query, []), ...where(query, []), ...order, ...limitTo(limit)];
}

/** How many rows there are, up to the query's limit. */
export function countSql(query: SourceQuery): Sql {
  const from: Sql = [' from ', ...query.countFrom, ...where(query, [])];
  if (query.limit === null) return ['select count(*)', ...from];
  return ['select count(*) from (select 1', ...from, ...limitTo(query.limit), ') as limited'];
}

/**
 * The keys at which ranges of about so many rows end, in order, each with the number of rows up to and with it. One
 * pass over the keys; rows of one key stay together.
 */
export function boundariesSql(query: SourceQuery, rowsPerRange: number): Sql {
  const { ordering } = query;
  if (ordering.kind !== 'unique-key') throw new TypeError('only a unique key divides a source into ranges');
  const keys = ordering.keys.map(({ sql }) => sql);
  const names = keys.map((_, at) => `k${at + 1}`);
  const columns = keys.map((key, at): Sql => [...key, ` as ${names[at] ?? ''}`]);
  const rows: Sql = ['row_number() over (', ...orderBy(keys, false), ')'];
  // The default frame of an ordered window reaches to the last row of the same key.
  const through: Sql = ordering.multiplies ? ['count(*) over (', ...orderBy(keys, false), ')'] : rows;
  const numbered: Sql = ['select ', ...joinSql([...columns, [...rows, ' as n'], [...through, ' as through']], ', ')];
  const all: Sql = [...numbered, ' from ', ...query.countFrom, ...where(query, [])];
  return [
    `select ${names.join(', ')}, through from (`,
    ...all,
    `) as numbered where n % ${rowsPerRange} = 0 order by n`,
  ];
}

/** How many rows come after a key. */
export function countAfterSql(query: SourceQuery, key: readonly string[]): Sql {
  return ['select count(*) from ', ...query.countFrom, ...where(query, [compareKey(query, '>', key)])];
}

function keyedRows(query: SourceQuery, { range, position, limit }: RowsWanted): Sql {
  const { ordering } = query;
  if (ordering.kind !== 'unique-key') return [];
  const extra = ordering.keys.filter(({ field }) => field === null);
  const conditions: Sql[] = [];
  if (position) conditions.push(compareKey(query, ordering.multiplies ? '>=' : '>', position.key));
  else if (range.after) conditions.push(compareKey(query, '>', range.after));
  if (range.upTo) conditions.push(compareKey(query, '<=', range.upTo));
  return [
    ...select(query, extra),
    ...where(query, conditions),
    ...orderBy([...ordering.keys.map(({ sql }) => sql), ...ordering.tieBreak]),
    ...limitTo(limit === null ? null : limit + again(query, position)),
  ];
}

function digestedRows(query: SourceQuery, { position, limit }: RowsWanted): Sql {
  const columns = query.fields.map((_, at) => `c${at + 1}`);
  const inner = joinSql(
    query.fields.map(({ sql }, at): Sql => [...sql, ` as ${columns[at] ?? ''}`]),
    ', ',
  );
  const key = position?.key[0] ?? null;
  return [
    `select ${columns.join(', ')}, digest from (`,
    'select *, pg_catalog.md5((r.*)::pg_catalog.text) collate pg_catalog."C" as digest from (select ',
    ...inner,
    ' from ',
    ...query.from,
    ...where(query, []),
    ') as r) as digested',
    ...(key === null ? [] : [' where digest >= ', { value: key, cast: 'pg_catalog.text' }]),
    ' order by digest',
    ...limitTo(limit === null ? null : limit + again(query, position)),
  ];
}

/** Rows of the position's key that come once more. */
function again({ ordering }: SourceQuery, position: SourcePosition | null): number {
  const repeats = ordering.kind === 'row-digest' || ordering.multiplies;
  return repeats && position ? position.ordinal : 0;
}

function select(query: SourceQuery, extraKeys: readonly KeyColumn[]): Sql {
  const fields = query.fields.map(({ target, sql }): Sql => [...sql, ' ', { word: 'as' }, ' ', { name: target }]);
  const keys = extraKeys.map(({ sql }) => sql);
  return [{ word: 'select' }, ' ', ...joinSql([...fields, ...keys], ', '), ' ', { word: 'from' }, ' ', ...query.from];
}

function where(query: SourceQuery, more: readonly Sql[]): Sql {
  const conditions = [...(query.where ? [query.where] : []), ...more];
  if (conditions.length === 0) return [];
  return [' ', { word: 'where' }, ' ', ...joinSql(conditions, [' ', { word: 'and' }, ' '])];
}

function orderBy(columns: readonly Sql[], leadingSpace = true): Sql {
  return [leadingSpace ? ' ' : '', { word: 'order by' }, ' ', ...joinSql(columns, ', ')];
}

function limitTo(limit: number | null): Sql {
  return limit === null ? [] : [' ', { word: 'limit' }, ` ${limit}`];
}

/** A comparison of whole keys in their own types; with one column as such, with several as rows, which an index serves alike. */
function compareKey({ ordering }: SourceQuery, operator: '>' | '>=' | '<=', key: readonly string[]): Sql {
  if (ordering.kind !== 'unique-key') return [];
  const columns = ordering.keys.map(({ sql }) => sql);
  const values = ordering.keys.map(({ baseType }, at): Sql => [{ value: key[at] ?? null, cast: baseType }]);
  const row = (parts: readonly Sql[]): Sql =>
    parts.length === 1 ? (parts[0] ?? []) : ['(', ...joinSql(parts, ', '), ')'];
  return [...row(columns), ` ${operator} `, ...row(values)];
}
