import type { QueryConfiguration, QueryField, QueryFilter, QueryJoin } from '../../domain/query.ts';
import type { SourceSchema, SourceTable } from '../../domain/source-schema.ts';
import { checkConfiguration } from '../postgres/query/query.ts';

export interface FittedQueries {
  /** By target type; a type whose base table or filters the database cannot serve is not among them. */
  readonly queries: Readonly<Record<string, QueryConfiguration>>;
  /** What was taken away and why, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Fits a template's queries to a database that is not quite the one it was written for: one of another version lacks
 * columns or tables, or all of them lie in a schema of their own. Fields and joins that cannot be had are left out;
 * a query is left out when its base table, its identifier or one of its filters cannot be had, for without a filter it
 * would import what it should not.
 */
export async function fitQueries(
  queries: Readonly<Record<string, QueryConfiguration>>,
  schema: SourceSchema,
): Promise<FittedQueries> {
  const home = homeSchema(queries, schema);
  const fitted: Record<string, QueryConfiguration> = {};
  const warnings: string[] = [];
  for (const [type, query] of Object.entries(queries)) {
    const result = await fitQuery(relocated(query, schema, home), schema);
    warnings.push(...result.warnings.map((warning) => `${type}: ${warning}`));
    if (result.query) fitted[type] = result.query;
  }
  return { queries: fitted, warnings };
}

async function fitQuery(
  query: QueryConfiguration,
  schema: SourceSchema,
): Promise<{ query: QueryConfiguration | null; warnings: string[] }> {
  const joins: QueryJoin[] = [];
  const warnings: string[] = [];
  for (const join of query.joins) {
    const { mistakes } = await checkConfiguration(
      { ...query, joins: [...joins, join], fields: PROBE, filters: [] },
      schema,
    );
    const own = Object.entries(mistakes).filter(([place]) => place.startsWith(`joins.${joins.length}.`));
    if (own.length === 0) joins.push(join);
    else warnings.push(...own.flatMap(([, sentences]) => sentences));
  }
  const { mistakes } = await checkConfiguration({ ...query, joins }, schema);
  const refused = (kind: string, at: number): string[] =>
    Object.entries(mistakes).flatMap(([place, sentences]) => (place.startsWith(`${kind}.${at}.`) ? sentences : []));
  const missing = [
    ...(mistakes['base_table'] ?? []),
    ...query.filters.flatMap((_: QueryFilter, at) => refused('filters', at)),
    ...query.fields.flatMap(({ target }, at) => (target === 'external_id' ? refused('fields', at) : [])),
    // An inner join chooses rows as a filter does.
    ...(joins.length < query.joins.length && query.joins.some(({ type }) => type === 'inner') ? warnings : []),
  ];
  if (missing.length > 0) return { query: null, warnings: [`Not imported: ${[...new Set(missing)].join(' ')}`] };
  const fields = query.fields.filter((_: QueryField, at) => {
    const reasons = refused('fields', at);
    warnings.push(...reasons);
    return reasons.length === 0;
  });
  return { query: { ...query, joins, fields }, warnings: [...new Set(warnings)] };
}

/** A field that every table serves, to look at nothing but joins. */
const PROBE: readonly QueryField[] = [{ source: '1', target: 'probe' }];

/** The schema that has the most of the tables which the queries name: the default one when it has any. */
function homeSchema(queries: Readonly<Record<string, QueryConfiguration>>, schema: SourceSchema): string {
  const wanted = new Set(
    Object.values(queries).flatMap(({ baseTable, joins }) => [baseTable, ...joins.map(({ table }) => table)]),
  );
  const present = Map.groupBy(
    schema.tables.filter(({ table }) => wanted.has(table)),
    (table) => table.schema,
  );
  if (present.has(schema.defaultSchema)) return schema.defaultSchema;
  const [best] = [...present].toSorted(([, a], [, b]) => b.length - a.length);
  return best?.[0] ?? schema.defaultSchema;
}

/** The query with its tables under the names that they are listed by. */
function relocated(query: QueryConfiguration, schema: SourceSchema, home: string): QueryConfiguration {
  const listed = (name: string): string =>
    schema.tables.find((each: SourceTable) => each.schema === home && each.table === name)?.name ?? name;
  return {
    ...query,
    baseTable: listed(query.baseTable),
    joins: query.joins.map((join) => ({ ...join, table: listed(join.table) })),
  };
}
