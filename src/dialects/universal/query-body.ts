import { z } from 'zod';
import { JOIN_TYPES } from '../../domain/query.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import { perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { anyText, optionalText, text } from '../inputs.ts';

/** Characters an expression may have: far more than anybody writes, far less than would hurt to parse. */
const MAX_EXPRESSION = 20_000;
const MAX_ITEMS = 500;
const MAX_FILTER_VALUES = 10_000;

/** `LEFT`, `left` and `LEFT JOIN` are one. */
const joinType = z.preprocess(
  (given) => (typeof given === 'string' ? given.toLowerCase().replace(/\s+(outer\s+)?join$/u, '') : given),
  z.enum(JOIN_TYPES),
);

const join = z
  .object({
    type: joinType.optional(),
    table: text(),
    on: text(MAX_EXPRESSION),
    condition: optionalText(MAX_EXPRESSION),
  })
  .transform(({ type = 'inner', ...rest }) => ({ type, ...rest }));

const field = z.object({ source: text(MAX_EXPRESSION), target: text(), transformation: optionalText() });

const NO_VALUE = 'The :attribute must be a string, a number, true, false or null, or an array of these.';
const scalar = z.union([anyText(MAX_EXPRESSION), z.number(), z.boolean(), z.null()], { error: NO_VALUE });

const filter = z.object({
  field: text(MAX_EXPRESSION),
  operator: text(),
  value: z.union([scalar, z.array(scalar).max(MAX_FILTER_VALUES)], { error: NO_VALUE }).optional(),
});

function optionalList<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z
    .array(item)
    .max(MAX_ITEMS)
    .nullish()
    .transform((items) => items ?? []);
}

const queryShape = {
  name: optionalText(),
  base_table: text(),
  joins: optionalList(join),
  fields: z.array(field).min(1).max(MAX_ITEMS),
  filters: optionalList(filter),
};

interface WireQuery {
  readonly name: string | null;
  readonly base_table: string;
  readonly joins: QueryConfiguration['joins'];
  readonly fields: QueryConfiguration['fields'];
  readonly filters: QueryConfiguration['filters'];
}

/** A query that says itself what it fills. */
export const queryBody: z.ZodType<QueryConfiguration> = z
  .object({ ...queryShape, target_type: text() })
  .transform(({ target_type, ...query }) => toQuery(query, target_type));

/** The same for a mere check, where the target may be left open. */
export const uncommittedQueryBody = z
  .object({ ...queryShape, target_type: optionalText() })
  .transform(({ target_type, ...query }) => ({ ...toQuery(query, ''), targetType: target_type }));

/** Queries by the target they fill, as a template or a profile's file holds them. */
export const queriesBody: z.ZodType<Readonly<Record<string, QueryConfiguration>>> = z
  .record(text(), z.object(queryShape))
  .transform((queries) =>
    Object.fromEntries(Object.entries(queries).map(([type, query]) => [type, toQuery(query, type)])),
  );

function toQuery({ base_table, ...query }: WireQuery, targetType: string): QueryConfiguration {
  return { ...query, baseTable: base_table, targetType };
}

/** The document's own example of a query. */
export const QUERY_EXAMPLE = {
  name: 'Customer Users Import',
  base_table: 'customers',
  joins: [
    {
      type: 'LEFT',
      table: 'emails',
      on: 'emails.customer_id = customers.id',
      condition: "emails.type = 'work'",
    },
  ],
  fields: [
    { source: 'customers.id', target: 'external_id', transformation: null },
    {
      source: "CONCAT(customers.first_name, ' ', customers.last_name)",
      target: 'name',
      transformation: 'custom',
    },
  ],
  filters: [{ field: 'customers.created_at', operator: '>=', value: '2024-01-01' }],
  target_type: 'customer_users',
};

export const queryAnswer = z.object({
  name: perhaps(z.string()),
  base_table: z.string(),
  joins: z.array(
    z.object({
      type: z.string().describe(JOIN_TYPES.join(', ').toUpperCase()),
      table: z.string(),
      on: z.string(),
      condition: z.string().optional(),
    }),
  ),
  fields: z.array(z.object({ source: z.string(), target: z.string(), transformation: perhaps(z.string()) })),
  filters: z.array(z.object({ field: z.string(), operator: z.string(), value: z.unknown().optional() })),
  target_type: z.string(),
});

/** What a profile or template imports by. */
export const configurationAnswer = z.object({
  queries: z.record(z.string(), queryAnswer).describe('By the target they fill.'),
});

/** A query as it is saved and shown. */
export function presentQuery(query: QueryConfiguration): Presented<typeof queryAnswer> {
  return {
    name: query.name ?? null,
    base_table: query.baseTable,
    joins: query.joins.map(({ type, table, on, condition }) => ({
      type: type.toUpperCase(),
      table,
      on,
      ...(condition === null || condition === undefined ? {} : { condition }),
    })),
    fields: query.fields.map(({ source, target, transformation = null }) => ({ source, target, transformation })),
    filters: query.filters.map((filter) => ({ ...filter })),
    target_type: query.targetType,
  };
}

/** Queries by the target they fill. */
export function presentConfiguration(
  queries: Readonly<Record<string, QueryConfiguration>>,
): Presented<typeof configurationAnswer> {
  return {
    queries: Object.fromEntries(Object.entries(queries).map(([type, query]) => [type, presentQuery(query)])),
  };
}
