import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { batchAnswer, upsertAnswers } from './answers.ts';
import { namedMistake } from './errors.ts';
import { SERVICE_PATHS } from './services.ts';

/** Bytes of a batch: its 10,000 rows may have some 3 KB each. */
const BATCH_BYTES = 32 * 1_024 * 1_024;

const listBody = z.unknown().meta({ type: 'array', items: { type: 'object' }, maxItems: 10_000 });
const dataBody = z.unknown().meta({
  type: 'object',
  properties: { data: { type: 'array', items: { type: 'object' }, maxItems: 10_000 } },
  required: ['data'],
});

const SHARED = { permission: 'system.import', bodyLimit: BATCH_BYTES, status: 200 } as const;

/** The rows of a batch, as they came: each is looked at by who knows its columns. Nothing counts as no rows. */
function rowsOf(given: unknown): readonly unknown[] {
  if (given === undefined || given === null || isEmptyObject(given)) return [];
  if (Array.isArray(given)) return given as readonly unknown[];
  throw namedMistake('ERR_VALIDATION', 'The rows must be an array.');
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function isEmptyObject(given: unknown): boolean {
  return isObject(given) && Object.keys(given).length === 0;
}

function dataOf(body: unknown): unknown {
  if (!isObject(body)) {
    throw namedMistake('ERR_VALIDATION', 'The body must be an object with the rows under data.');
  }
  return body['data'] ?? null;
}

/** Batches that make and change companies and contacts: all of a batch, or nothing. */
export function batchRoutes({ directory }: Pick<Engine, 'directory'>): readonly Route[] {
  return [
    guarded('post', '/common/batch-upsert', {
      ...SHARED,
      summary: 'Makes or changes companies and contacts from CSV-like rows, and links each contact to its company.',
      answers: batchAnswer,
      body: dataBody,
      act: async ({ actor, body }) => directory.upsertRows(actor, rowsOf(dataOf(body))),
      present: ({ companyUuids, contactUuids }) => ({
        body: {
          success: true,
          message: 'Batch upsert successful',
          company_uuids: companyUuids,
          contact_uuids: contactUuids,
        },
      }),
    }),
    ...SERVICE_PATHS.map(({ service, path, many }) =>
      guarded('post', `${path}/batch-upsert`, {
        ...SHARED,
        summary: `Makes or changes ${many}; columns that are not given stay as they are.`,
        answers: upsertAnswers[service],
        body: listBody,
        act: async ({ actor, body }) => directory.upsertRecords(actor, service, rowsOf(body)),
        present: ({ companyUuids, contactUuids }) => ({
          body:
            service === 'company'
              ? { success: true, company_uuids: companyUuids }
              : { success: true, contact_uuids: contactUuids },
        }),
      }),
    ),
  ];
}
