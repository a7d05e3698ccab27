import { z } from 'zod';
import { IMPORTER_LIMITS } from '../../domain/importer.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { anyText, uuid } from '../inputs.ts';
import { open } from '../route.ts';
import { embeddedAnswer, processAnswer, suggestionsAnswer, transformAnswer } from './answers.ts';
import { presentEmbedded } from './present-embedded.ts';

/** Below the dialect's prefix: what the widget of ImportCSV asks, out of a page of whatever origin. */
export const EMBEDDED_PATH = '/imports/key/';

/** What a browser can hold comes to less. */
const MAX_BYTES = 128 * 2 ** 20;

/** Of one address, whoever sits behind it. */
export const EMBEDDED_LIMITS = { embedded: 120 } as const;

const SHARED = { limit: 'embedded', subject: 'Importer' } as const;

const name = z.union([anyText(10_000), z.number(), z.boolean(), z.null()]).optional();
const shown = (given: string | number | boolean | null | undefined): string => String(given ?? '');

const suggestions = z.object({
  importerKey: uuid,
  uploadColumns: z.array(z.object({ index: z.number().int().min(0).optional(), name })).max(IMPORTER_LIMITS.mappings),
  templateColumns: z.array(z.object({ key: anyText(), name })).max(IMPORTER_LIMITS.mappings),
});

const row = z.object({
  data: z.record(z.string(), z.unknown()).describe('Texts by the names of the importer’s fields.'),
  unmapped_data: z.record(z.string(), z.unknown()).optional(),
});

const process = z.object({
  validData: z.array(row),
  invalidData: z.array(row).optional().describe('Rows that the widget found fault with; they are judged here anew.'),
  columnMapping: z.record(z.string(), z.unknown()).optional(),
  context: z.record(z.string(), z.unknown()).optional().describe('Kept with the import and told in its webhooks.'),
  importer_key: z.uuid(),
});

const transform = z.object({
  importerKey: z.string(),
  prompt: z.string().describe('What is to be changed, in words.'),
  data: z.array(z.record(z.string(), z.unknown())),
  columnMapping: z.record(z.string(), z.unknown()).optional(),
  targetColumns: z.array(z.string()).optional(),
  validationErrors: z.array(z.record(z.string(), z.unknown())).optional(),
});

/** The widget shows the sentence to whoever asked; its own form of a result that is none. */
const NO_TRANSFORMS = {
  success: false,
  changes: [],
  summary: '',
  error:
    'Values cannot be changed by a description here. Change them in the table, or in the file and choose it again.',
} as const;

/** What the widget `@importcsv/react` asks by an importer's public key. */
export function embeddedRoutes({ embedding }: Pick<Engine, 'embedding'>): readonly Route[] {
  return [
    open('get', `${EMBEDDED_PATH}schema`, {
      ...SHARED,
      summary: 'Shows the widget an importer’s fields, by its public key.',
      query: z.object({ importer_key: uuid }),
      status: 200,
      answers: embeddedAnswer,
      act: ({ query }) => embedding.importer(query.importer_key),
      present: (importer) => ({ body: presentEmbedded(importer) }),
    }),
    open('post', `${EMBEDDED_PATH}mapping-suggestions`, {
      ...SHARED,
      summary: 'Tells the widget which columns of a file seem to be which fields.',
      body: suggestions,
      status: 200,
      answers: suggestionsAnswer,
      bodyLimit: 4_194_304,
      act: ({ body: { importerKey, uploadColumns, templateColumns } }) =>
        embedding.suggest(
          importerKey,
          uploadColumns.map((column, at) => ({ index: column.index ?? at, name: shown(column.name) })),
          templateColumns.map((column) => ({ key: column.key, name: shown(column.name) || null })),
        ),
      present: (found) => ({
        body: {
          success: true,
          mappings: found.map(({ index, key, confidence }) => ({ uploadIndex: index, templateKey: key, confidence })),
        },
      }),
    }),
    open('post', `${EMBEDDED_PATH}transform`, {
      ...SHARED,
      summary: 'Tells the widget that values are not changed by a description: nothing here understands one.',
      // Whatever is sent, it is not read.
      stream: { json: transform, maxBytes: MAX_BYTES },
      status: 200,
      answers: transformAnswer,
      act: () => Promise.resolve(NO_TRANSFORMS),
      present: (body) => ({ body }),
    }),
    open('post', `${EMBEDDED_PATH}process`, {
      ...SHARED,
      summary: 'Imports the rows that somebody chose in the widget.',
      stream: { json: process, maxBytes: MAX_BYTES },
      status: 200,
      answers: processAnswer,
      act: ({ bytes, signal }) => embedding.import(bytes(), signal),
      present: ({ job }) => ({ body: { success: true, job_id: job.id } }),
    }),
  ];
}
