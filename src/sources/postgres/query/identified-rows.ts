import type { FoundBy } from '../../../domain/source-schema.ts';
import { identityFields } from '../../../domain/target.ts';
import { joinSql } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import type { SourceQuery } from './query.ts';

/**
 * The same query for those of its rows whose field became one of these values; its limit does not count. Where the field
 * is just a column of the key the source's index finds them, else it looks at all its rows. Rows of other values come
 * along where values are found by nothing.
 * @param found by what the values of each field are found; by their text where it is not said
 */
export function identifiedRows(
  query: SourceQuery,
  field: string,
  identifiers: readonly string[],
  found: ReadonlyMap<string, FoundBy> = new Map(),
): SourceQuery {
  const names = identityFields(field);
  // Where several fields identify together, rows come too that have the values of two identifiers mixed.
  const conditions =
    names.length === 1
      ? identifiedBy(query, field, identifiers, found.get(field))
      : names.flatMap((name, index) => identifiedBy(query, name, partsOf(identifiers, index), found.get(name)));
  if (query.where !== null) conditions.unshift(query.where);
  const where = conditions.length === 0 ? null : joinSql(conditions, [' ', { word: 'and' }, ' ']);
  return { ...query, where, limit: null };
}

/** One part of identifiers that are JSON arrays. */
function partsOf(identifiers: readonly string[], index: number): string[] {
  return [...new Set(identifiers.map((identifier) => String((JSON.parse(identifier) as unknown[])[index])))];
}

/** The condition on one field, if there is one. */
function identifiedBy(
  query: SourceQuery,
  field: string,
  identifiers: readonly string[],
  found: FoundBy = 'text',
): Sql[] {
  if (found === 'nothing') return [];
  const index = query.fields.findIndex(({ target }) => target === field);
  const filled = query.fields[index];
  if (!filled) throw new Error(`the query fills no field ${field}`);
  const key = query.ordering.kind === 'unique-key' && query.ordering.keys.find((column) => column.field === index);
  const isOneOf = (cast: string): Sql => [' = any(', { value: identifiers, cast: `${cast}[]` }, ')'];
  if (key) return [[...key.sql, ...isOneOf(key.baseType)]];
  if (found === 'number') return [['(', ...filled.sql, ')', ...isOneOf('pg_catalog.numeric')]];
  // Made text by the type's own output function, as the rows are; a cast would cut the blanks off a `char(n)`.
  return [
    [{ builtin: 'concat' }, '(', ...typed(filled.sql), ') collate pg_catalog."C"', ...isOneOf('pg_catalog.text')],
  ];
}

/** A text that stands alone says that it is one: as an argument of any type nothing else would. */
function typed(sql: Sql): Sql {
  const [part, ...rest] = sql;
  if (part === undefined || typeof part === 'string' || rest.length > 0) return sql;
  if ('place' in part) return [{ ...part, sql: typed(part.sql) }];
  return 'value' in part && part.cast === null ? [{ ...part, cast: 'pg_catalog.text' }] : sql;
}

/** Whether no two rows of a query have the same value of a field, because it is all of the key they are read by. */
export function isKey({ ordering, fields }: SourceQuery, field: string | null): boolean {
  if (ordering.kind !== 'unique-key' || ordering.multiplies) return false;
  const [key, ...others] = ordering.keys;
  if (!key || others.length > 0 || key.field === null) return false;
  return fields[key.field]?.target === field;
}
