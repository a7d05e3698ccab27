import type { SinceLastRun } from '../../../domain/schedule.ts';
import type { SourceColumn, SourceTable } from '../../../domain/source-schema.ts';
import type { CompiledDateFilter } from './date-filters.ts';
import { renderForPeople } from '../expression/fragment.ts';
import type { Sql, SqlValue } from '../expression/fragment.ts';
import { Refusal } from '../expression/parse-sql.ts';
import type { QueryRelation } from '../catalog/relations.ts';
import { findByName } from '../expression/scope.ts';

/** Which rows of a source are new: those of a greater value, and some of the others. */
export interface SinceFilter {
  /** A column of the base table. */
  readonly column: string;
  /** The greatest value that was read earlier, as text of the column's type; null when nothing was: all is new. */
  readonly after: string | null;
  /**
   * Of the rows of just that value and of those without any: none; all; or, a little further back as well, those that
   * were written by this transaction or later ones.
   */
  readonly others: 'none' | 'all' | { readonly writtenFrom: string };
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
  const { after, others } = since;
  if (after === null || table === null) return [];
  const column = cursorColumn(table, since.column);
  const value = { value: after, cast: column.baseType };
  const condition = (left: Sql): Sql => {
    if (others === 'none') return [...left, ' > ', value];
    const without: Sql = [' ', { word: 'or' }, ' ', ...left, ' ', { word: 'is null' }];
    if (others === 'all') return ['(', ...left, ' >= ', value, ...without, ')'];
    const xmin: Sql = [{ name: scope.alias }, '.xmin'];
    // Ages, because transaction numbers begin anew: a greater age is an earlier transaction.
    const written: Sql = [
      'pg_catalog.age(',
      ...xmin,
      ') <= pg_catalog.age(',
      { value: others.writtenFrom, cast: 'pg_catalog.xid' },
      ')',
    ];
    const late: Sql = ['(', ...left, ' >= ', ...lookingBack(value, column), ...without, ') and ', ...written];
    return ['(', ...left, ' > ', value, { hidden: [' or (', ...late, ')'] }, ')'];
  };
  return [
    {
      sql: condition([{ name: scope.alias }, '.', { name: column.name }]),
      shown: renderForPeople(condition([{ name: column.name }])),
    },
  ];
}

/**
 * How far behind the greatest value rows may come late, by a transaction that took its time or its number long before it
 * was committed: a day, or a hundred thousand numbers. Bounded, so that an index finds them.
 */
function lookingBack(value: SqlValue, { family, baseType }: SourceColumn): Sql {
  switch (family) {
    case 'date':
      return ['(', value, ' - 1)'];
    case 'timestamp':
    case 'timestamptz':
      return ['(', value, ` - '1 day'::pg_catalog.interval)`];
    default:
      return [{ ...value, value: numberBefore(String(value.value), baseType) }];
  }
}

const SMALLEST: Readonly<Record<string, bigint>> = {
  smallint: -(2n ** 15n),
  integer: -(2n ** 31n),
  bigint: -(2n ** 63n),
};

/** A number a hundred thousand below another, as far as its type goes. */
function numberBefore(text: string, baseType: string): string {
  const [whole = '0'] = text.split('.', 1);
  if (!/^-?\d+$/u.test(whole)) return text;
  const before = BigInt(whole) - 100_000n;
  const smallest = SMALLEST[baseType] ?? before;
  return String(before < smallest ? smallest : before);
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
