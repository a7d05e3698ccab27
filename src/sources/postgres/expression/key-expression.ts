import { quoteName, renderForServer } from './fragment.ts';
import type { SourceQuery } from '../query/query.ts';

/**
 * The expression that gives a base row's own key as one text, for sources whose query names no identifier; null when the
 * base table has no unique key. Parts of a key of several columns are joined by colons.
 */
export function keyExpression({ ordering }: SourceQuery): string | null {
  if (ordering.kind !== 'unique-key') return null;
  const columns = ordering.keys.map(({ name, sql: [alias] }) => {
    return `${alias === undefined ? '' : `${renderForServer([alias]).text}.`}${quoteName(name)}`;
  });
  return columns.length === 1 ? (columns[0] ?? null) : `concat_ws(':', ${columns.join(', ')})`;
}
