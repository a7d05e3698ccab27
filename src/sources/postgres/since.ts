import type { SinceLastRun } from '../../domain/schedule.ts';
import type { SourceColumn, SourceTable } from '../../domain/source-schema.ts';
import type { CompiledDateFilter } from './date-filters.ts';
import { renderForPeople } from './fragment.ts';
import type { Sql } from './fragment.ts';
import { Refusal } from './parse-sql.ts';
import type { QueryRelation } from './relations.ts';
import { findByName } from './scope.ts';

/** Which rows of a source are new. */
export interface SinceFilter {
  /** A column of the base table. */
  readonly column: string;
  /** The greatest value that was read earlier, as text of the column's type; null when nothing was. */
  readonly after: string | null;
  /** Whether rows of just that value, and rows without any, are to be read as well: others have joined them. */
  readonly inclusive: boolean;
}

/** What tables call the time a row was changed, in the order they are looked for, whatever their case and underscores. */
const CHANGED = [
  'updatedat',
  'modifiedat',
  'lastmodifiedat',
  'lastmodified',
  'lastupdatedat',
  'lastupdated',
  'lastupdate',
  'datemodified',
  'modificationdate',
  'changedat',
  'updatedon',
  'modifiedon',
  'modified',
  'updated',
  'changed',
];

/** Families whose values have one order, the same wherever they are compared. */
const ORDERED = ['integer', 'numeric', 'date', 'timestamp', 'timestamptz'];

/** Which column says that rows of a type are new; null when all of them are to be read each time. */
export function columnFor(wanted: SinceLastRun, type: string): string | true | null {
  return typeof wanted === 'object' ? (wanted[type] ?? null) : wanted;
}

/**
 * The condition for rows that are new.
 * @throws Refusal when the base table has no such column
 */
export function compileSince(since: SinceFilter, { table, scope }: QueryRelation): CompiledDateFilter[] {
  if (since.after === null || table === null) return [];
  const column = cursorColumn(table, since.column);
  const value = { value: since.after, cast: column.baseType };
  const condition = (left: Sql): Sql =>
    since.inclusive
      ? ['(', ...left, ' >= ', value, ' ', { word: 'or' }, ' ', ...left, ' ', { word: 'is null' }, ')']
      : [...left, ' > ', value];
  return [
    {
      sql: condition([{ name: scope.alias }, '.', { name: column.name }]),
      shown: renderForPeople(condition([{ name: column.name }])),
    },
  ];
}

/**
 * The column of a base table that says what is new; `true` looks for one that is called so.
 * @throws Refusal when there is none, or its values have no order
 */
export function cursorColumn(table: SourceTable, wanted: string | true): SourceColumn {
  const ordered = table.columns.filter(({ family }) => ORDERED.includes(family));
  if (wanted === true) {
    const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');
    const found = CHANGED.flatMap((name) => ordered.find((column) => plain(column.name) === name) ?? [])[0];
    if (found) return found;
    throw new Refusal(`${table.name} has no column that says when a row was changed, such as updated_at; name one`);
  }
  const [name = '', owner, ...more] = wanted.split('.').toReversed();
  const ours = more.length === 0 && (owner === undefined || [table.table, table.name].includes(owner));
  const column = ours ? findByName(table.columns, name, (each) => each.name) : undefined;
  if (!column) throw new Refusal(`${table.name} has no column ${wanted}`);
  if (ORDERED.includes(column.family)) return column;
  throw new Refusal(`What is new cannot be told by ${column.name}: it is ${column.type}, neither a time nor a number`);
}
