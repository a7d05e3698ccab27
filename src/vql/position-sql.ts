import type { Parameters } from './parameters.ts';
import type { SortKey } from './sort-keys.ts';

/**
 * The condition of the rows behind a position.
 * @param values the texts of the sort keys' values there
 */
export function behindSql(keys: readonly SortKey[], values: readonly string[], parameters: Parameters): string {
  const places = keys.map(({ cast }, index) => parameters.add(values[index] ?? '', cast));
  const [first] = keys;
  if (keys.every(({ descending }) => descending === first?.descending)) {
    // One comparison of rows: an index goes straight there.
    const left = keys.map(({ sql }) => sql).join(', ');
    return `(${left}) ${first?.descending === true ? '<' : '>'} (${places.join(', ')})`;
  }
  const steps = keys.map(({ sql, descending }, index) => {
    const equal = keys.slice(0, index).map((key, at) => `${key.sql} = ${places[at] ?? ''}`);
    return `(${[...equal, `${sql} ${descending ? '<' : '>'} ${places[index] ?? ''}`].join(' and ')})`;
  });
  // The first says no more than the steps do, but in a form that an index can begin with.
  return `${first?.sql ?? ''} ${first?.descending === true ? '<=' : '>='} ${places[0] ?? ''} and (${steps.join(' or ')})`;
}

/** By what rows are put in order. */
export function orderSql(keys: readonly SortKey[]): string {
  return keys.map(({ sql, descending }) => (descending ? `${sql} desc` : sql)).join(', ');
}
