import { z } from 'zod';
import { isDay } from '../domain/directory/clean.ts';
import { findColumn } from '../domain/directory/columns.ts';
import type { Service } from '../domain/directory/columns.ts';
import { filtersOf, findFilter } from './filters.ts';
import type { Filter, FilterType } from './filters.ts';
import type { VqlMistake } from './mistakes.ts';
import { unknownFilter } from './shape-mistakes.ts';
import { RANGE_OPERATORS, SEARCH_TYPES } from './query.ts';

/** How much a query may hold. */
export const BOUNDS = {
  textConditions: 20,
  textLength: 256,
  keywordValues: 1000,
  /** The index keeps one character more than this, see `directory_key`. */
  keywordLength: 256,
  orderTerms: 5,
  columns: 100,
  cursorValues: 12,
  cursorLength: 600,
  pages: 10_000,
  /** Of a page, where nobody says otherwise. */
  rows: 100,
  defaultLimit: 25,
  searchLength: 100,
} as const;

const keywords = z.array(z.string().max(BOUNDS.keywordLength)).min(1).max(BOUNDS.keywordValues);

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/u;

const day = z.string().refine(isDay, 'Not a date like 2024-01-31');
const moment = z
  .string()
  .refine(
    (text) => isDay(MOMENT.exec(text)?.[1] ?? text),
    'Neither a date like 2024-01-31 nor a time like 2024-01-31T10:30:00Z',
  );

const boundValues = { integer: z.number(), date: day, time: moment };

function bounds(filter: Filter) {
  const kind = filter.how.kind;
  const value = kind === 'integer' || kind === 'date' || kind === 'time' ? boundValues[kind] : z.never();
  return z
    .strictObject(Object.fromEntries(RANGE_OPERATORS.map((operator) => [operator, value.optional()])))
    .refine(
      (given) => Object.values(given).some((bound) => bound !== undefined),
      'Give at least one of gte, gt, lte, lt',
    );
}

/** An object whose keys are the filters of one type; other keys are reported as unrecognized. */
function byFilter<T extends z.ZodType>(service: Service, type: FilterType, schema: (filter: Filter) => T) {
  const filters = filtersOf(service).filter((filter) => filter.type === type);
  return z.strictObject(Object.fromEntries(filters.map((filter) => [filter.key, schema(filter).optional()])));
}

/** What must hold and what must not. */
function sides<T extends z.ZodType>(schema: T) {
  return z.strictObject({ must: schema.nullish(), must_not: schema.nullish() });
}

/** The name of something known, or a mistake that says what is unknown about it. */
function known(explain: (name: string) => Omit<VqlMistake, 'path'> | null) {
  return z
    .string()
    .max(BOUNDS.textLength)
    .superRefine((given, context) => {
      const mistake = explain(given);
      if (mistake) context.addIssue({ code: 'custom', message: mistake.message, params: { name: mistake.name } });
    });
}

function columnName(service: Service, ordered: boolean) {
  return known((name) => {
    const column = findColumn(service, name);
    if (column === undefined) {
      return { name: 'ERR_UNKNOWN_COLUMN', message: `A ${service} has no column ${JSON.stringify(name)}.` };
    }
    if (!ordered || column.type !== 'list') return null;
    return { name: 'ERR_INVALID_QUERY', message: `${name} is a list, which has no order.` };
  });
}

function textFilterKey(service: Service) {
  return known((key) => {
    const filter = findFilter(service, key);
    return filter?.type === 'text' ? null : unknownFilter(service, key, 'text_matches');
  });
}

/** What is asked of the values of a filter, of whatever type. */
function filterDataGrammar(service: Service) {
  return z.strictObject({
    filter_key: known((key) => (findFilter(service, key) ? null : unknownFilter(service, key, ''))),
    search_text: z.string().max(BOUNDS.searchLength).nullish(),
    page: z.int().min(1).max(BOUNDS.pages).nullish(),
    limit: z.int().min(1).nullish(),
  });
}

function grammar(service: Service) {
  const textCondition = z.strictObject({
    text_value: z.string().min(1).max(BOUNDS.textLength),
    filter_key: textFilterKey(service),
    search_type: z.enum(SEARCH_TYPES),
  });
  const orderTerm = z.strictObject({
    order_by: columnName(service, true),
    order_direction: z.enum(['asc', 'desc']).nullish(),
  });
  const columns = (of: Service) => z.array(columnName(of, false)).max(BOUNDS.columns).nullish();
  return z.strictObject({
    where: z
      .strictObject({
        text_matches: sides(z.array(textCondition).max(BOUNDS.textConditions)).nullish(),
        keyword_match: sides(byFilter(service, 'keyword', () => keywords)).nullish(),
        range_query: sides(byFilter(service, 'range', bounds)).nullish(),
      })
      .nullish(),
    order_by: z
      .array(orderTerm)
      .max(BOUNDS.orderTerms)
      .refine(
        (terms) => new Set(terms.map((term) => term.order_by)).size === terms.length,
        'A column stands here twice',
      )
      .nullish(),
    cursor: z.array(z.string().max(BOUNDS.cursorLength)).max(BOUNDS.cursorValues).nullish(),
    select_columns: columns(service),
    company_config: z.strictObject({ populate: z.boolean().nullish(), select_columns: columns('company') }).nullish(),
    page: z.int().min(1).max(BOUNDS.pages).nullish(),
    limit: z.int().min(1).nullish(),
  });
}

/** The shape of a query for each service. What depends on several fields is `parseVql`'s business. */
export const GRAMMARS = { company: grammar('company'), contact: grammar('contact') } as const;

export const FILTER_DATA_GRAMMARS = {
  company: filterDataGrammar('company'),
  contact: filterDataGrammar('contact'),
} as const;

export type GivenQuery = z.infer<(typeof GRAMMARS)[Service]>;
