import type { z } from 'zod';
import { cleanText } from '../domain/directory/clean.ts';
import { columnsOf, findColumn } from '../domain/directory/columns.ts';
import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { decodeCursor } from './cursor.ts';
import { findFilter } from './filters.ts';
import { BOUNDS, GRAMMARS } from './grammar.ts';
import type { GivenQuery } from './grammar.ts';
import { refusedQuery } from './mistakes.ts';
import type { VqlMistake } from './mistakes.ts';
import { RANGE_OPERATORS } from './query.ts';
import type { Bound, Condition, OrderTerm, VqlQuery } from './query.ts';
import { pageSizeMistakes, shapeMistakes } from './shape-mistakes.ts';
import { sortKeys } from './sort-keys.ts';

export interface VqlLimits {
  /** The most rows a page may have; null for an export, which without a `limit` has all rows. */
  readonly maxLimit: number | null;
}

const PAGES: VqlLimits = { maxLimit: BOUNDS.rows };

/**
 * Checks a query, whatever it is, and completes it. Throws one `validation` error that names every mistake (see
 * `refusedQuery`): unknown keys anywhere, unknown columns, too many rows, a cursor of another order, wrong values.
 */
export function parseVql(service: Service, input: unknown, limits: VqlLimits = PAGES): VqlQuery {
  const shape: z.ZodType<GivenQuery> = GRAMMARS[service];
  const parsed = shape.safeParse(input);
  const tooMany = pageSizeMistakes(input, limits.maxLimit);
  if (!parsed.success) throw refusedQuery([...shapeMistakes(service, parsed.error.issues), ...tooMany]);
  const query = complete(service, parsed.data, limits);
  const mistakes = [...tooMany, ...cursorMistakes(query)];
  if (mistakes.length > 0) throw refusedQuery(mistakes);
  return query;
}

function cursorMistakes({ service, orderBy, cursor, page }: VqlQuery): VqlMistake[] {
  if (cursor === null) return [];
  if (decodeCursor(service, sortKeys(service, orderBy), cursor) === null) {
    const message = `The cursor is none that a ${service} in this order had.`;
    return [{ name: 'ERR_BAD_CURSOR', path: 'cursor', message }];
  }
  if (page === 1) return [];
  const message = 'Give either a cursor, which says where to begin, or a page.';
  return [{ name: 'ERR_INVALID_QUERY', path: 'page', message }];
}

function complete(service: Service, given: GivenQuery, { maxLimit }: VqlLimits): VqlQuery {
  const { populate, select_columns: companyColumns } = given.company_config ?? {};
  const cursor = given.cursor ?? [];
  return {
    service,
    where: conditionsOf(service, given.where ?? {}),
    orderBy: orderOf(service, given.order_by ?? []),
    cursor: cursor.length === 0 ? null : cursor,
    columns: columnsNamed(service, given.select_columns ?? []),
    companyColumns: populate === true && service === 'contact' ? columnsNamed('company', companyColumns ?? []) : null,
    page: given.page ?? 1,
    limit: given.limit ?? (maxLimit === null ? null : BOUNDS.defaultLimit),
  };
}

function conditionsOf(
  service: Service,
  { text_matches: texts, keyword_match: keywords, range_query: ranges }: NonNullable<GivenQuery['where']>,
): Condition[] {
  const conditions: Condition[] = [];
  for (const side of ['must', 'must_not'] as const) {
    const negated = side === 'must_not';
    for (const { filter_key: key, search_type: search, text_value: text } of texts?.[side] ?? []) {
      conditions.push({
        kind: 'text',
        filter: filterNamed(service, key),
        negated,
        search,
        text: cleanText(text) ?? '',
      });
    }
    for (const [key, values] of present(keywords?.[side])) {
      const clean = new Set(values.map(cleanText).filter((value) => value !== null));
      conditions.push({ kind: 'keyword', filter: filterNamed(service, key), negated, values: [...clean] });
    }
    for (const [key, bounds] of present(ranges?.[side])) {
      conditions.push({ kind: 'range', filter: filterNamed(service, key), negated, bounds: boundsOf(bounds) });
    }
  }
  return conditions;
}

function orderOf(service: Service, terms: NonNullable<GivenQuery['order_by']>): OrderTerm[] {
  return terms.map(({ order_by: name, order_direction: direction }) => ({
    column: columnNamed(service, name),
    descending: direction === 'desc',
  }));
}

/** No names stand for all columns. */
function columnsNamed(service: Service, names: readonly string[]): readonly DirectoryColumn[] {
  return names.length === 0 ? columnsOf(service) : [...new Set(names)].map((name) => columnNamed(service, name));
}

/** The grammar lets no unknown name through. */
function columnNamed(service: Service, name: string): DirectoryColumn {
  return found(findColumn(service, name));
}

function filterNamed(service: Service, key: string) {
  return found(findFilter(service, key));
}

function found<T>(what: T | undefined): T {
  if (what === undefined) throw new Error('a name that the grammar does not know');
  return what;
}

/** The keys that were given a value. */
function present<T>(side: Readonly<Record<string, T | undefined>> | null | undefined): [string, T][] {
  return Object.entries(side ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
}

function boundsOf(given: Readonly<Record<string, number | string | undefined>>): Bound[] {
  return RANGE_OPERATORS.flatMap((operator) => {
    const value = given[operator];
    return value === undefined ? [] : [{ operator, value }];
  });
}
