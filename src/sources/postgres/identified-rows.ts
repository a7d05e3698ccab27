import { identityFields } from '../../domain/target.ts';
import { joinSql } from './fragment.ts';
import type { Sql } from './fragment.ts';
import type { SourceQuery } from './query.ts';

/**
 * The same query for those of its rows whose field has one of these values, as rows carry them; its limit does not
 * count. Where the field is just a column of the key the source's index finds them, else it looks at all its rows.
 */
export function identifiedRows(query: SourceQuery, field: string, identifiers: readonly string[]): SourceQuery {
  const names = identityFields(field);
  // Where several fields identify together, rows come too that have the values of two identifiers mixed.
  const conditions =
    names.length === 1
      ? [identifiedBy(query, field, identifiers)]
      : names.map((name, index) => identifiedBy(query, name, partsOf(identifiers, index)));
  if (query.where !== null) conditions.unshift(query.where);
  return { ...query, where: joinSql(conditions, [' ', { word: 'and' }, ' ']), limit: null };
}

/** One part of identifiers that are JSON arrays. */
function partsOf(identifiers: readonly string[], index: number): string[] {
  return [...new Set(identifiers.map((identifier) => String((JSON.parse(identifier) as unknown[])[index])))];
}

function identifiedBy(query: SourceQuery, field: string, identifiers: readonly string[]): Sql {
  const index = query.fields.findIndex(({ target }) => target === field);
  const filled = query.fields[index];
  if (!filled) throw new Error(`the query fills no field ${field}`);
  const key = query.ordering.kind === 'unique-key' && query.ordering.keys.find((column) => column.field === index);
  // Made text by the type's own output function, as the rows are; a cast would cut the blanks off a `char(n)`.
  return key
    ? [...key.sql, ' = any(', { value: identifiers, cast: `${key.baseType}[]` }, ')']
    : [
        { builtin: 'concat' },
        '(',
        ...typed(filled.sql),
        ') collate pg_catalog."C" = any(',
        { value: identifiers, cast: 'pg_catalog.text[]' },
        ')',
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
