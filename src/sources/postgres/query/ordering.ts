import type { SourceCollation, SourceIndex, SourceTable } from '../../../domain/source-schema.ts';
import type { Sql } from '../expression/fragment.ts';
import type { CompiledJoin } from './joins.ts';
import type { ScopeRelation } from '../expression/scope.ts';

/** A column of the key that rows are read in the order of. */
export interface KeyColumn {
  readonly name: string;
  /** What a position's text is cast to. */
  readonly baseType: string;
  /** The column as the order and comparisons have it. */
  readonly sql: Sql;
  /** The field that has just this column's value, or null when the key is read besides the fields. */
  readonly field: number | null;
}

/**
 * The order of a source, which makes "after this row" mean something however often it is read anew:
 * by a unique key of the base table, rows of one key (`multiplies`: joins may make several of one base row) told apart
 * by `tieBreak`; or, where there is no such key, by a digest of the whole output row, of which equal rows are
 * interchangeable.
 */
export type Ordering =
  | {
      readonly kind: 'unique-key';
      readonly keys: readonly KeyColumn[];
      readonly multiplies: boolean;
      readonly tieBreak: readonly Sql[];
    }
  | { readonly kind: 'row-digest'; readonly reason: string };

/** Chooses the order of a query. */
export function chooseOrdering(
  base: { readonly table: SourceTable; readonly scope: ScopeRelation },
  joins: readonly CompiledJoin[],
): Ordering {
  const { table, scope } = base;
  const outer = joins.find(({ type }) => type === 'right' || type === 'full');
  if (outer) return digest(`a ${outer.type} join gives rows that have no row of ${table.name}`);
  if (!table.keysHold)
    return digest(`other tables inherit from ${table.name}, so no key of it is unique over all rows`);
  const index = bestKey(table);
  if (!index) return digest(`${table.name} has no unique key without nulls`);
  const many = joins.filter(({ toOne }) => !toOne);
  return {
    kind: 'unique-key',
    keys: index.columns.map(({ name, collation }) => ({
      name,
      baseType: table.columns.find((column) => column.name === name)?.baseType ?? 'text',
      sql: [{ name: scope.alias }, '.', { name }, ...collate(collation)],
      field: null,
    })),
    multiplies: many.length > 0,
    tieBreak: many.flatMap(tieBreakOf),
  };
}

/** The primary key, else the unique key of the fewest columns, none of which may be null. */
function bestKey(table: SourceTable): SourceIndex | undefined {
  const nullable = new Set(table.columns.filter((column) => column.nullable).map(({ name }) => name));
  return table.indexes
    .filter(({ unique, columns }) => unique && columns.every(({ name }) => !nullable.has(name)))
    .toSorted((a, b) => Number(b.primary) - Number(a.primary) || a.columns.length - b.columns.length)[0];
}

/** What tells the partners of one base row apart: the joined table's unique key, else all of its row. */
function tieBreakOf({ relation }: CompiledJoin): Sql[] {
  const { alias } = relation.scope;
  const key = relation.table?.keysHold === true ? bestKey(relation.table) : undefined;
  if (key)
    return key.columns.map(({ name, collation }): Sql => [{ name: alias }, '.', { name }, ...collate(collation)]);
  return [[{ builtin: 'md5' }, '((', { name: alias }, '.*)::pg_catalog.text) collate pg_catalog."C"']];
}

function collate(collation: SourceCollation | null): Sql {
  return collation === null ? [] : [' collate ', { name: collation.schema }, '.', { name: collation.name }];
}

function digest(reason: string): Ordering {
  return { kind: 'row-digest', reason };
}
