import { z } from 'zod';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { Engine } from '../../engine/index.ts';
import type { QueryReport } from '../../engine/profiles/check-query.ts';
import type { BuilderTables } from '../../engine/profiles/read-schema.ts';
import { count } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route, Wire } from '../dialect.ts';
import { parseFields } from '../field-mistakes.ts';
import { guarded } from '../route.ts';
import { idParams, text, uuid } from '../inputs.ts';
import { changedProfileAnswer, presentConfigured } from './present-profile.ts';
import { presentSchema, presentTable, schemaAnswer, TABLE_EXAMPLE, tableAnswer } from './present-schema.ts';
import { presentQuery, queryAnswer, queryBody, uncommittedQueryBody } from './query-body.ts';

const ONE = { permission: 'system.import', limit: 'builder', params: idParams, subject: 'Import profile' } as const;
const QUERY = { ...ONE, params: z.object({ id: uuid, type: text() }) };

const tablesAnswer = z
  .object({
    tables: z.array(tableAnswer),
    suggested_joins: z.array(
      z.object({
        from_table: z.string(),
        to_table: z.string(),
        join_condition: z.string(),
        confidence: z.number().min(0).max(1),
      }),
    ),
  })
  .meta({
    examples: [
      {
        tables: [TABLE_EXAMPLE],
        suggested_joins: [
          {
            from_table: 'customers',
            to_table: 'emails',
            join_condition: 'emails.customer_id = customers.id',
            confidence: 0.95,
          },
        ],
      },
    ],
  });

const validAnswer = z
  .object({
    valid: z.literal(true),
    generated_sql: z.string(),
    estimated_records: count,
    warnings: z.array(z.string()),
    errors: z.array(z.never()),
  })
  .meta({
    examples: [
      {
        valid: true,
        generated_sql:
          "SELECT customers.id as external_id, CONCAT(customers.first_name, ' ', customers.last_name) as name...",
        estimated_records: 250,
        warnings: [],
        errors: [],
      },
    ],
  });

/** What a source has, and the queries by which it is read. */
export function builderRoutes({ profiles }: Pick<Engine, 'profiles'>): readonly Route[] {
  return [
    guarded('get', '/profiles/:id/schema', {
      ...ONE,
      limit: 'profiles',
      summary: 'Shows the tables, columns and relationships of a source.',
      status: 200,
      answers: schemaAnswer,
      act: ({ actor, params, signal }) => profiles.schema(actor, { profileId: params.id, signal }),
      present: (schema) => ({ body: presentSchema(schema) }),
    }),
    guarded('get', '/profiles/:id/builder/tables', {
      ...ONE,
      summary: 'Shows the tables of a source and the joins that fit them.',
      status: 200,
      answers: tablesAnswer,
      act: ({ actor, params, signal }) => profiles.tables(actor, { profileId: params.id, signal }),
      present: (found) => ({ body: presentTables(found) }),
    }),
    guarded('post', '/profiles/:id/builder/validate', {
      ...ONE,
      summary: 'Holds a query configuration against its source without saving it.',
      answers: validAnswer,
      // Parsed here, because this answer says in its own form what is wrong with the body.
      body: z.unknown(),
      act: async ({ actor, params, body, signal }): Promise<QueryReport> => {
        const parsed = parseFields(uncommittedQueryBody, body, 'query');
        if ('mistakes' in parsed) return { valid: false, mistakes: parsed.mistakes };
        return profiles.checkQuery(actor, { profileId: params.id, signal }, parsed.value);
      },
      present: presentReport,
    }),
    guarded('post', '/profiles/:id/queries', {
      ...ONE,
      summary: 'Saves the query by which a profile fills a target.',
      status: 200,
      answers: changedProfileAnswer.extend({ query: queryAnswer }),
      body: queryBody,
      act: ({ actor, params, body, signal }) => profiles.saveQuery(actor, { profileId: params.id, signal }, body),
      present: ({ profile, query }) => ({
        body: {
          message: 'Query configuration saved successfully',
          query: presentQuery(query),
          profile: presentConfigured(profile),
        },
      }),
    }),
    guarded('get', '/profiles/:id/queries/:type', {
      ...QUERY,
      summary: 'Shows the query by which a profile fills a target.',
      status: 200,
      answers: queryAnswer,
      act: ({ actor, params }) => profiles.getQuery(actor, params.id, params.type),
      present: (query) => ({ body: presentQuery(query) }),
    }),
    guarded('delete', '/profiles/:id/queries/:type', {
      ...QUERY,
      summary: 'Takes away the query by which a profile fills a target.',
      status: 200,
      answers: changedProfileAnswer,
      act: ({ actor, params }) => profiles.removeQuery(actor, params.id, params.type),
      present: (profile) => ({
        body: { message: 'Query configuration deleted successfully', profile: presentConfigured(profile) },
      }),
    }),
  ];
}

function presentTables({ schema, joins }: BuilderTables): Presented<typeof tablesAnswer> {
  return {
    tables: schema.tables.map(presentTable),
    suggested_joins: joins.map(({ fromTable, toTable, joinCondition, confidence }) => ({
      from_table: fromTable,
      to_table: toTable,
      join_condition: joinCondition,
      confidence,
    })),
  };
}

/** A configuration the source takes; one it does not take is refused like every other wrong input. */
function presentReport(report: QueryReport): Wire {
  if (!report.valid) return { status: 422, body: presentRefusal(report.mistakes) };
  const { sql, records, warnings } = report;
  const body = { valid: true, generated_sql: sql, estimated_records: records, warnings, errors: [] } as const;
  return { body: body satisfies Presented<typeof validAnswer> };
}

function presentRefusal(errors: FieldMistakes): object {
  const nothing = { generated_sql: null, estimated_records: null, warnings: [] };
  return { message: 'Validation failed', valid: false, ...nothing, errors };
}
