import type { SourceSchema, SourceTable } from '../../../domain/source-schema.ts';
import type { DerivedRelation, DerivedSql } from '../expression/derived-relation.ts';
import type { Sql } from '../expression/fragment.ts';
import { Refusal, parseTable } from '../expression/parse-sql.ts';
import type { ScopeRelation } from '../expression/scope.ts';
import { findByName } from '../expression/scope.ts';
import { findQualified, findTable, listedName } from './table-names.ts';

/** What stands in a query's FROM: a table of the source or a derived relation, under a name of its own. */
export interface QueryRelation {
  readonly scope: ScopeRelation;
  readonly table: SourceTable | null;
  readonly derived: { readonly relation: DerivedRelation; readonly sql: DerivedSql } | null;
}

const DERIVED = /^derived:([a-z_]+)(?:\s+as\s+([a-z_][a-z0-9_]*))?$/i;

/**
 * Finds what a configuration calls a table: a listed name as it is, SQL's `schema.table`, either `as name`, or
 * `derived:NAME`.
 * @throws Refusal when the source has no such table or the query has one of its name already
 */
export function findRelation(
  text: string,
  source: SourceSchema,
  others: readonly QueryRelation[],
  derivedRelations: ReadonlyMap<string, DerivedRelation>,
): QueryRelation {
  const [, derivedName, derivedAlias] = DERIVED.exec(text.trim()) ?? [];
  if (derivedName !== undefined) {
    const relation = derivedRelations.get(derivedName.toLowerCase());
    if (!relation) throw new Refusal(`There is no derived relation ${derivedName}`);
    return asDerived(relation, derivedAlias ?? relation.name, source, others);
  }
  const listed = findTable(source, text.trim());
  return listed ? asTable(listed, null, others) : parsed(text, source, others);
}

/** A relation as FROM has it: `"schema"."table" as "name"`, shown to people without what goes without saying. */
export function relationSql({ scope, table, derived }: QueryRelation, key: Sql | null): Sql {
  if (derived) {
    const { all, ofKey } = derived.sql;
    const query: Sql = ofKey && key ? [{ word: 'lateral' }, ' (', ...ofKey(key), ')'] : ['(', ...all, ')'];
    return [...query, ' ', { word: 'as' }, ' ', { name: scope.alias }];
  }
  if (!table) return [];
  const { schema, table: name } = table;
  const listed = table.name === listedName(schema, name, schema) ? [name] : [schema, name];
  const alias: Sql = [' ', { word: 'as' }, ' ', { name: scope.alias }];
  return [{ relation: { schema, table: name, listed } }, ...(scope.alias === name ? [{ hidden: alias }] : alias)];
}

function parsed(text: string, source: SourceSchema, others: readonly QueryRelation[]): QueryRelation {
  const { schemaname, relname, alias } = parseTable(text);
  const found =
    findQualified(source, schemaname ?? null, relname) ??
    findByName(
      source.tables.filter(({ schema }) => schema === (schemaname ?? source.defaultSchema)),
      relname,
      ({ table }) => table,
    );
  if (found) return asTable(found, alias?.aliasname ?? null, others);
  const name = schemaname === undefined ? relname : `${schemaname}.${relname}`;
  const elsewhere = source.tables.find(({ table }) => table === relname);
  const hint = elsewhere ? `; there is ${elsewhere.name}` : '';
  throw new Refusal(`The source has no table ${name} that can be read${hint}`);
}

function asTable(table: SourceTable, alias: string | null, others: readonly QueryRelation[]): QueryRelation {
  const taken = (name: string): boolean => others.some(({ scope }) => scope.alias === name);
  // Two tables of one name in different schemas are told apart by themselves; one table twice needs another name.
  const twice = others.some((other) => other.table === table);
  const name = alias ?? (taken(table.table) && !twice ? `${table.schema}.${table.table}` : table.table);
  if (taken(name))
    throw new Refusal(`${name} is in the query already; give this one another name: "${table.name} as other"`);
  const qualified = alias === null ? { schema: table.schema, table: table.table } : null;
  return { scope: { alias: name, qualified, columns: table.columns }, table, derived: null };
}

function asDerived(
  relation: DerivedRelation,
  alias: string,
  source: SourceSchema,
  others: readonly QueryRelation[],
): QueryRelation {
  const base = others[0]?.table;
  if (!base) throw new Refusal('A derived relation can be joined, but a query cannot begin with it');
  if (others.some(({ scope }) => scope.alias === alias)) throw new Refusal(`${alias} is in the query already`);
  const sql = relation.build(source, base.schema);
  if ('missing' in sql)
    throw new Refusal(`The relation ${relation.name} cannot be derived: the source has no ${sql.missing}`);
  return { scope: { alias, qualified: null, columns: relation.columns }, table: null, derived: { relation, sql } };
}
