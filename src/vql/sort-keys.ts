import type { ColumnType, DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { findColumn } from '../domain/directory/columns.ts';
import type { OrderTerm } from './query.ts';

/** One of the expressions by which rows are put in order; none is ever null, and all together are different for any two rows. */
export interface SortKey {
  readonly name: string;
  readonly type: ColumnType;
  readonly sql: string;
  /** The PostgreSQL type of its values. */
  readonly cast: string;
  readonly descending: boolean;
}

/** What rows are ordered by where a query says nothing, or after what it says. */
const DEFAULT_ORDER: Readonly<Record<Service, readonly string[]>> = {
  company: ['name'],
  contact: ['last_name', 'first_name'],
};

/**
 * What the rows of a query are ordered by: what it says, then the name, then the uuid, so that the order is total; behind
 * a moment the uuid alone, for an import gives thousands of rows the same. What follows goes in the direction of what
 * stands last, for an index can then serve all of it. No value comes last.
 */
export function sortKeys(service: Service, orderBy: readonly OrderTerm[]): SortKey[] {
  const last = orderBy.at(-1);
  const descending = last?.descending ?? false;
  const following = [...(last?.column.type === 'time' ? [] : DEFAULT_ORDER[service]), 'uuid']
    .map((name) => findColumn(service, name))
    .filter((column) => column !== undefined && !orderBy.some((term) => term.column === column));
  const terms = [...orderBy, ...following.map((column) => ({ column: column as DirectoryColumn, descending }))];
  const end = terms.findIndex(({ column }) => column.name === 'uuid');
  return terms.slice(0, end + 1).map(sortKey);
}

function sortKey({ column, descending }: OrderTerm): SortKey {
  const name = `"${column.column}"`;
  const key = { name: column.name, type: column.type, descending };
  switch (column.type) {
    case 'integer':
      return { ...key, cast: 'bigint', sql: `coalesce(${name}, ${descending ? LEAST : GREATEST})` };
    case 'date':
      return { ...key, cast: 'date', sql: `coalesce(${name}, '${descending ? '-' : ''}infinity'::date)` };
    case 'time':
      return { ...key, cast: 'timestamptz', sql: name };
    case 'uuid':
      return {
        ...key,
        cast: 'uuid',
        sql: column.name === 'uuid' ? name : `coalesce(${name}, '${edge(descending)}'::uuid)`,
      };
    case 'text':
    case 'list':
      return {
        ...key,
        cast: 'text',
        sql: `directory_rank(${name}, ${descending ? `''` : String.raw`U&'\+10FFFF'`}) collate "C"`,
      };
  }
}

const GREATEST = `'9223372036854775807'::bigint`;
const LEAST = `'-9223372036854775808'::bigint`;

function edge(descending: boolean): string {
  return '00000000-0000-0000-0000-000000000000'.replaceAll('0', descending ? '0' : 'f');
}
