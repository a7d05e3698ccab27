import type { ColumnFamily } from '../../../domain/source-schema.ts';
import type { Sql } from './fragment.ts';
import { Refusal } from './parse-sql.ts';

export interface ScopeColumn {
  readonly name: string;
  readonly family: ColumnFamily;
  /** What a parameter that is compared with the column is cast to. */
  readonly baseType: string;
}

/** A relation of a query: what it is called in it and what it has. */
export interface ScopeRelation {
  /** Its one name in the SQL that is made. */
  readonly alias: string;
  /** The table's own schema and name when no alias was given, so that `schema.table.column` finds it. */
  readonly qualified: { readonly schema: string; readonly table: string } | null;
  readonly columns: readonly ScopeColumn[];
}

export interface ResolvedColumn {
  readonly relation: ScopeRelation;
  readonly column: ScopeColumn;
}

/**
 * The column that a reference means: `column`, `table.column` or `schema.table.column`. Names are compared as SQL does;
 * where nothing is called so, the one that differs only in case is meant.
 * @throws Refusal when there is none or more than one
 */
export function resolveColumn(scope: readonly ScopeRelation[], path: readonly string[]): ResolvedColumn {
  const name = path.at(-1) ?? '';
  const owner = path.slice(0, -1);
  const relations = owner.length === 0 ? scope : [resolveRelation(scope, owner)];
  const found = relations.flatMap((relation) => {
    const column = findByName(relation.columns, name, (each) => each.name);
    return column ? [{ relation, column }] : [];
  });
  const [first, second] = found;
  if (first === undefined) throw new Refusal(missingColumn(scope, relations, path));
  if (second !== undefined) {
    const owners = found.map(({ relation }) => relation.alias).join(' and ');
    throw new Refusal(`The column ${name} is in ${owners}; write ${first.relation.alias}.${name}`);
  }
  return first;
}

/** `"alias"."column"` as a fragment. */
export function columnSql({ relation, column }: ResolvedColumn): Sql {
  return [{ name: relation.alias }, '.', { name: column.name }];
}

/** The item called so, else the only one called so but for case. */
export function findByName<T>(items: readonly T[], name: string, nameOf: (item: T) => string): T | undefined {
  const exact = items.find((item) => nameOf(item) === name);
  if (exact !== undefined) return exact;
  const [similar, ...more] = items.filter((item) => nameOf(item).toLowerCase() === name.toLowerCase());
  return more.length === 0 ? similar : undefined;
}

function resolveRelation(scope: readonly ScopeRelation[], owner: readonly string[]): ScopeRelation {
  const [first = '', second, ...more] = owner;
  const found =
    second === undefined
      ? findByName(scope, first, ({ alias, qualified }) => qualified?.table ?? alias)
      : scope.find(({ qualified }) => qualified?.schema === first && qualified.table === second);
  if (found && more.length === 0) return found;
  const known = scope.map(({ alias }) => alias).join(', ');
  throw new Refusal(`The query has no table ${owner.join('.')}; it has ${known}`);
}

function missingColumn(
  scope: readonly ScopeRelation[],
  relations: readonly ScopeRelation[],
  path: readonly string[],
): string {
  const name = path.at(-1) ?? '';
  if (path.length === 1 && scope.some(({ alias }) => alias === name)) return `${name} is a table, not a column`;
  if (path.length === 1) return `No table of the query has a column ${name}`;
  return `The table ${relations[0]?.alias ?? ''} has no column ${name}`;
}
