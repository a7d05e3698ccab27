import type { z } from 'zod';
import { cleanText } from '../domain/directory/clean.ts';
import { columnsOf, findColumn } from '../domain/directory/columns.ts';
import type { DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { decodeCursor } from './cursor.ts';
import { findFilter } from './filters.ts';
import type { Filter } from './filters.ts';
import { BOUNDS, GRAMMARS } from './grammar.ts';
import type { GivenQuery } from './grammar.ts';
import { shapeMistakes } from './shape-mistakes.ts';
import type { VqlErrorName, VqlMistake } from './mistakes.ts';
import { refusedQuery } from './mistakes.ts';
import { RANGE_OPERATORS } from './query.ts';
import type { Bound, Condition, OrderTerm, VqlQuery } from './query.ts';
import { sortKeys } from './sort-keys.ts';

export interface VqlLimits {
  /** The most rows a page may have; null for an export, which without a `limit` has all rows. */
  readonly maxLimit: number | null;
}

const PAGES: VqlLimits = { maxLimit: 100 };

/**
 * Checks a query, whatever it is, and completes it. Throws one `validation` error that names every mistake (see
 * `refusedQuery`): unknown keys anywhere, unknown columns, too many rows, a cursor of another order, wrong values.
 */
export function parseVql(service: Service, input: unknown, limits: VqlLimits = PAGES): VqlQuery {
  const shape: z.ZodType<GivenQuery> = GRAMMARS[service];
  const parsed = shape.safeParse(input);
  if (!parsed.success) {
    throw refusedQuery([...shapeMistakes(service, parsed.error.issues), ...limitMistakes(input, limits)]);
  }
  const reading = new Reading(service);
  const query = reading.read(parsed.data, limits);
  const mistakes = [...reading.mistakes, ...limitMistakes(input, limits)];
  if (mistakes.length > 0) throw refusedQuery(mistakes);
  return query;
}

/** Looked for by itself, so that it is told beside mistakes of the shape. */
function limitMistakes(input: unknown, { maxLimit }: VqlLimits): VqlMistake[] {
  const limit: unknown = typeof input === 'object' && input !== null && 'limit' in input ? input.limit : null;
  if (maxLimit === null || typeof limit !== 'number' || limit <= maxLimit) return [];
  const message = `A page has at most ${maxLimit} rows; ${limit} were asked for.`;
  return [{ name: 'ERR_PAGE_SIZE_EXCEEDED', path: 'limit', message }];
}

/** Turns what has the right shape into a query, and collects what is wrong with it. */
class Reading {
  readonly mistakes: VqlMistake[] = [];
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  read(given: GivenQuery, { maxLimit }: VqlLimits): VqlQuery {
    const orderBy = this.#order(given.order_by ?? []);
    const cursor = given.cursor === undefined || given.cursor?.length === 0 ? null : (given.cursor ?? null);
    const page = given.page ?? 1;
    if (cursor !== null && page > 1) {
      this.#wrong('ERR_INVALID_QUERY', 'page', 'A cursor begins where it says: give either it or a page.');
    }
    if (cursor !== null && this.mistakes.length === 0) {
      const keys = sortKeys(this.#service, orderBy);
      if (decodeCursor(this.#service, keys, cursor) === null) {
        this.#wrong('ERR_BAD_CURSOR', 'cursor', 'The cursor is none that a row of this service and order had.');
      }
    }
    const { populate, select_columns: companyColumns } = given.company_config ?? {};
    const company = this.#columns('company', 'company_config.select_columns', companyColumns ?? []);
    return {
      service: this.#service,
      where: this.#where(given.where ?? {}),
      orderBy,
      cursor,
      columns: this.#columns(this.#service, 'select_columns', given.select_columns ?? []),
      companyColumns: populate === true && this.#service === 'contact' ? company : null,
      page,
      limit: given.limit ?? (maxLimit === null ? null : BOUNDS.defaultLimit),
    };
  }

  #where({ text_matches: texts, keyword_match: keywords, range_query: ranges }: NonNullable<GivenQuery['where']>) {
    const conditions: Condition[] = [];
    for (const side of ['must', 'must_not'] as const) {
      const negated = side === 'must_not';
      for (const [index, given] of (texts?.[side] ?? []).entries()) {
        const path = `where.text_matches.${side}.${index}.filter_key`;
        const filter = this.#filter(given.filter_key, path);
        if (filter === null) continue;
        const text = cleanText(given.text_value) ?? '';
        conditions.push({ kind: 'text', filter, negated, search: given.search_type, text });
      }
      for (const [key, values] of given(keywords?.[side])) {
        const filter = findFilter(this.#service, key);
        if (filter === undefined) continue;
        const clean = values.map(cleanText).filter((value) => value !== null);
        conditions.push({ kind: 'keyword', filter, negated, values: [...new Set(clean)] });
      }
      for (const [key, bounds] of given(ranges?.[side])) {
        const filter = findFilter(this.#service, key);
        if (filter !== undefined) conditions.push({ kind: 'range', filter, negated, bounds: boundsOf(bounds) });
      }
    }
    return conditions;
  }

  #filter(key: string, path: string): Filter | null {
    const filter = findFilter(this.#service, key);
    if (filter === undefined) {
      this.#wrong('ERR_UNKNOWN_FILTER_KEY', path, `A ${this.#service} has no filter ${JSON.stringify(key)}.`);
      return null;
    }
    if (filter.type === 'text') return filter;
    this.#wrong('ERR_INVALID_QUERY', path, `${key} is a ${filter.type} filter, which text_matches does not know.`);
    return null;
  }

  #order(terms: NonNullable<GivenQuery['order_by']>): OrderTerm[] {
    const order: OrderTerm[] = [];
    for (const [index, { order_by: name, order_direction: direction }] of terms.entries()) {
      const path = `order_by.${index}.order_by`;
      const column = this.#column(this.#service, path, name);
      if (column === null) continue;
      if (column.type === 'list') this.#wrong('ERR_INVALID_QUERY', path, `${name} is a list, which has no order.`);
      else if (order.some((term) => term.column === column)) {
        this.#wrong('ERR_INVALID_QUERY', path, `${name} is ordered by twice.`);
      } else order.push({ column, descending: direction === 'desc' });
    }
    return order;
  }

  /** No names stand for all columns. */
  #columns(service: Service, path: string, given: readonly string[]): readonly DirectoryColumn[] {
    if (given.length === 0) return columnsOf(service);
    const columns = given.map((name, index) => this.#column(service, `${path}.${index}`, name));
    return [...new Set(columns.filter((column) => column !== null))];
  }

  #column(service: Service, path: string, name: string): DirectoryColumn | null {
    const column = findColumn(service, name);
    if (column !== undefined) return column;
    this.#wrong('ERR_UNKNOWN_COLUMN', path, `A ${service} has no column ${JSON.stringify(name)}.`);
    return null;
  }

  #wrong(name: VqlErrorName, path: string, message: string): void {
    this.mistakes.push({ name, path, message });
  }
}

/** The keys that were given a value. */
function given<T>(side: Readonly<Record<string, T | undefined>> | null | undefined): [string, T][] {
  return Object.entries(side ?? {}).flatMap(([key, value]): [string, T][] =>
    value === undefined ? [] : [[key, value]],
  );
}

function boundsOf(given: Readonly<Record<string, number | string | undefined>>): Bound[] {
  return RANGE_OPERATORS.flatMap((operator) => {
    const value = given[operator];
    return value === undefined ? [] : [{ operator, value }];
  });
}
