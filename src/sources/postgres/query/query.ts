import { invalid } from '../../../domain/errors.ts';
import type { FieldMistakes } from '../../../domain/errors.ts';
import type { QueryConfiguration } from '../../../domain/query.ts';
import type { SourceSchema, SourceTable } from '../../../domain/source-schema.ts';
import { derivedRelations } from '../../templates/derived-relations.ts';
import { compileDateRange, creationColumn } from './date-filters.ts';
import type { DateRange } from './date-filters.ts';
import { compileExpression } from '../expression/expression.ts';
import type { CompiledExpression } from '../expression/expression.ts';
import { FilterRefusal, compileFilter } from './filters.ts';
import type { CompiledFilter } from './filters.ts';
import { joinSql } from '../expression/fragment.ts';
import type { Sql } from '../expression/fragment.ts';
import { JoinRefusal, compileJoin, hasText } from './joins.ts';
import type { CompiledJoin } from './joins.ts';
import { chooseOrdering } from './ordering.ts';
import type { Ordering } from './ordering.ts';
import { Refusal, loadParser } from '../expression/parse-sql.ts';
import { findRelation, relationSql } from '../catalog/relations.ts';
import type { QueryRelation } from '../catalog/relations.ts';
import type { ScopeRelation } from '../expression/scope.ts';
import { compileSince } from './since.ts';
import type { SinceFilter } from './since.ts';

/** Which rows of a query one import takes. */
export interface QueryFilters extends DateRange {
  /** Rows at the most, or null. */
  readonly limit: number | null;
  /** Only rows that are new since an earlier reading; absent or null is all. */
  readonly since?: SinceFilter | null;
}

export const NO_FILTERS: QueryFilters = { dateFrom: null, dateTo: null, limit: null };

/** A query that may be run: made of names the schema has and of parameters. Plain data, so it may be kept with a job. */
export interface SourceQuery {
  readonly baseTable: string;
  /** In the order of a batch's columns. */
  readonly fields: readonly { readonly target: string; readonly source: string; readonly sql: Sql }[];
  readonly from: Sql;
  /** FROM without the joins that can neither add nor take away a row. */
  readonly countFrom: Sql;
  readonly where: Sql | null;
  readonly ordering: Ordering;
  readonly limit: number | null;
  /** Filters and join conditions as people read them. */
  readonly appliedFilters: readonly string[];
  /** The column that `dateFrom` and `dateTo` look at; null when the base table has none. */
  readonly creationColumn: string | null;
}

export interface QueryCheck {
  readonly query: SourceQuery | null;
  readonly mistakes: FieldMistakes;
  readonly warnings: readonly string[];
}

const MAX_FIELDS = 500;

/**
 * Holds a configuration against the schema of its source and makes a query of it.
 * @throws AppError `validation` with every mistake under its path (`fields.1.source`, `joins.0.on`, `filters.2.value`)
 */
export async function buildSourceQuery(
  configuration: QueryConfiguration,
  schema: SourceSchema,
  filters: QueryFilters = NO_FILTERS,
): Promise<SourceQuery> {
  const { query, mistakes } = await checkConfiguration(configuration, schema, filters);
  if (query === null) throw invalid(mistakes);
  return query;
}

/** As `buildSourceQuery`, with mistakes and warnings as data. */
export async function checkConfiguration(
  configuration: QueryConfiguration,
  schema: SourceSchema,
  filters: QueryFilters = NO_FILTERS,
): Promise<QueryCheck> {
  await loadParser();
  const mistakes = new Mistakes();
  const base = mistakes.collect('base_table', () =>
    findRelation(configuration.baseTable, schema, [], derivedRelations),
  );
  if (!base?.table) return { query: null, mistakes: mistakes.byPath, warnings: [] };
  const { relations, joins } = compileJoins(configuration, schema, base, mistakes);
  const scope = relations.map((relation) => relation.scope);
  const fields = compileFields(configuration, scope, mistakes);
  const where = configuration.filters.map((filter, at) => {
    return mistakes.collect(`filters.${at}`, () => compileFilter(filter, scope, `filters.${at}`));
  });
  const dates = compileDates(filters, { table: base.table, scope: base.scope }, mistakes);
  const { since } = filters;
  if (since) dates.push(...(mistakes.collect('options.since_last_run', () => compileSince(since, base)) ?? []));
  if (mistakes.any) return { query: null, mistakes: mistakes.byPath, warnings: [] };
  const kept = where.filter((filter) => filter !== null);
  const ordering = withFields(chooseOrdering({ table: base.table, scope: base.scope }, joins), base.scope, fields);
  const conditions = [...kept, ...dates].map(({ sql }) => sql);
  const query: SourceQuery = {
    baseTable: base.table.name,
    fields: fields.map(({ target, source, expression }, at) => ({
      target,
      source,
      sql: [{ place: `fields.${at}.source`, sql: expression.sql }],
    })),
    from: [...relationSql(base, null), ...joins.flatMap(({ sql }) => sql)],
    countFrom: [...relationSql(base, null), ...neededToCount(joins, kept).flatMap(({ sql }) => sql)],
    where: conditions.length === 0 ? null : joinSql(conditions, [' ', { word: 'and' }, ' ']),
    ordering,
    limit: filters.limit,
    appliedFilters: appliedFilters(configuration, kept, dates),
    creationColumn: creationColumn(base.table)?.name ?? null,
  };
  return { query, mistakes: {}, warnings: warningsOf(ordering, joins) };
}

interface CompiledField {
  readonly target: string;
  readonly source: string;
  readonly expression: CompiledExpression;
}

function compileJoins(
  configuration: QueryConfiguration,
  schema: SourceSchema,
  base: QueryRelation,
  mistakes: Mistakes,
): { relations: QueryRelation[]; joins: CompiledJoin[] } {
  const relations = [base];
  const joins: CompiledJoin[] = [];
  for (const [at, join] of configuration.joins.entries()) {
    const place = `joins.${at}`;
    const relation = mistakes.collect(`${place}.table`, () =>
      findRelation(join.table, schema, relations, derivedRelations),
    );
    if (!relation) continue;
    relations.push(relation);
    const scope = relations.map((each) => each.scope);
    const compiled = mistakes.collect(place, () => compileJoin(join, relation, scope, place));
    if (compiled) joins.push(compiled);
  }
  return { relations, joins };
}

function compileFields(
  { fields }: QueryConfiguration,
  scope: readonly ScopeRelation[],
  mistakes: Mistakes,
): CompiledField[] {
  if (fields.length === 0) mistakes.add('fields', 'At least one field is needed.');
  if (fields.length > MAX_FIELDS) mistakes.add('fields', `A query may have ${MAX_FIELDS} fields at the most.`);
  return fields.slice(0, MAX_FIELDS).flatMap(({ source, target }, at) => {
    if (!hasText(target) || target.includes('\0'))
      mistakes.add(`fields.${at}.target`, 'The target field needs a name.');
    if (fields.findIndex((field) => field.target === target) !== at) {
      mistakes.add(`fields.${at}.target`, `The target field ${target} is filled twice.`);
    }
    const expression = mistakes.collect(`fields.${at}.source`, () => compileExpression(source, scope));
    return expression ? [{ target, source, expression }] : [];
  });
}

function compileDates(
  filters: QueryFilters,
  base: { table: SourceTable; scope: ScopeRelation },
  mistakes: Mistakes,
): { sql: Sql; shown: string }[] {
  if (filters.limit !== null && !(Number.isInteger(filters.limit) && filters.limit >= 1)) {
    mistakes.add('import_filters.limit', 'The limit must be a whole number of at least 1.');
  }
  if (filters.dateFrom === null && filters.dateTo === null) return [];
  const column = creationColumn(base.table);
  if (!column) {
    const place = filters.dateFrom === null ? 'date_to' : 'date_from';
    mistakes.add(
      `import_filters.${place}`,
      `${base.table.name} has no column that says when a row was made, such as created_at.`,
    );
    return [];
  }
  return (['dateFrom', 'dateTo'] as const).flatMap((side) => {
    const only = { dateFrom: null, dateTo: null, [side]: filters[side] };
    const place = side === 'dateFrom' ? 'date_from' : 'date_to';
    return (
      mistakes.collect(`import_filters.${place}`, () => compileDateRange(only, { scope: base.scope, column })) ?? []
    );
  });
}

/** A field that is just a key column spares reading that column again. */
function withFields(ordering: Ordering, base: ScopeRelation, fields: readonly CompiledField[]): Ordering {
  if (ordering.kind === 'row-digest') return ordering;
  const keys = ordering.keys.map((key) => {
    const field = fields.findIndex(
      ({ expression: { column } }) => column?.relation === base && column.column.name === key.name,
    );
    return { ...key, field: field === -1 ? null : field };
  });
  return { ...ordering, keys };
}

/** Left joins to at most one row, which nothing that decides about rows looks at, leave the count as it is. */
function neededToCount(joins: readonly CompiledJoin[], filters: readonly CompiledFilter[]): CompiledJoin[] {
  const needed = new Set(filters.map(({ column }) => column.relation));
  const kept: CompiledJoin[] = [];
  for (const join of joins.toReversed()) {
    if (join.type === 'left' && join.toOne && !needed.has(join.relation.scope)) continue;
    kept.unshift(join);
    for (const relation of join.mentions) needed.add(relation);
  }
  return kept;
}

function appliedFilters(
  { joins }: QueryConfiguration,
  filters: readonly { shown: string }[],
  dates: readonly { shown: string }[],
): string[] {
  const conditions = joins.flatMap(({ condition }) => (hasText(condition) ? [condition.trim()] : []));
  return [...filters, ...dates].map(({ shown }) => shown).concat(conditions);
}

function warningsOf(ordering: Ordering, joins: readonly CompiledJoin[]): string[] {
  if (ordering.kind === 'row-digest') {
    return [`Rows are read in the order of a digest of each row, in one go, because ${ordering.reason}.`];
  }
  return joins
    .filter(({ toOne }) => !toOne)
    .map(
      ({ relation }) => `A row may have several partners in ${relation.scope.alias}, and then becomes several rows.`,
    );
}

/** Gathers what the parts of a configuration are refused for, each under its path. */
class Mistakes {
  readonly byPath: Record<string, string[]> = {};

  get any(): boolean {
    return Object.keys(this.byPath).length > 0;
  }

  add(path: string, sentence: string): void {
    (this.byPath[path] ??= []).push(sentence.endsWith('.') ? sentence : `${sentence}.`);
  }

  /** What the work gives, or null when it is refused. */
  collect<T>(path: string, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (error instanceof Refusal) this.add(path, error.sentence);
      else if (error instanceof JoinRefusal || error instanceof FilterRefusal)
        this.add(`${path}.${error.part}`, error.message);
      else throw error;
      return null;
    }
  }
}
