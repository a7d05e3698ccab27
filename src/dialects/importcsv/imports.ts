import { z } from 'zod';
import { IMPORTER_LIMITS } from '../../domain/importer.ts';
import type { ColumnMapping } from '../../domain/importer.ts';
import type { ImportStanding } from '../../engine/imports/find-imports.ts';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { idParams, queryValue, text } from '../inputs.ts';
import { jsonField } from '../json-field.ts';
import { guarded } from '../route.ts';
import { choiceOf, fileChoice, modeField, uploadedFile } from '../upload-fields.ts';
import { importAnswer, listOf, wholeImportAnswer } from './answers.ts';
import { paging } from './importers.ts';
import { presentImport, presentNewImport, presentWholeImport } from './present-import.ts';

/** How long the answer to an upload waits for its rows to be counted: most files are by then. */
const COUNT_PATIENCE_MS = 3_000;

/** The statuses of this dialect, and how jobs stand that have them: `presentImport` says the same. */
const STATUSES: Readonly<Record<string, readonly ImportStanding[]>> = {
  pending: [{ status: 'pending' }],
  processing: [{ status: 'running' }, { status: 'paused' }],
  completed: [{ status: 'completed', allFailed: false }],
  failed: [{ status: 'failed' }, { status: 'completed', allFailed: true }],
  cancelled: [{ status: 'cancelled' }],
};

const pair = z.object({ column: z.string(), field: z.string().nullable() });

/** `{"E-mail":"email"}` or `[{"column":"E-mail","field":"email"}]`, as the text of a form's field. */
const mapping = jsonField(z.union([z.array(pair), z.record(z.string(), z.string().nullable())]), '{}')
  .transform((given): readonly ColumnMapping[] => {
    if (Array.isArray(given)) return given;
    return Object.entries(given).map(([column, field]) => ({ column, field: field === '' ? null : field }));
  })
  .refine((pairs) => pairs.length <= IMPORTER_LIMITS.mappings, 'The :attribute has too many columns.');

const newImport = z
  .object({
    file: uploadedFile,
    importer_id: text(),
    mapping: mapping.optional(),
    mode_config: modeField,
    ...fileChoice,
  })
  .transform(({ importer_id, mapping: mapped, mode_config: mode, file, ...choice }) => ({
    importer: importer_id,
    file,
    choice: choiceOf(choice),
    mode,
    ...(mapped === undefined ? {} : { mapping: mapped }),
  }));

const SHARED = { permission: 'system.import' } as const;

/** Imports of files. */
export function importRoutes({ imports }: Pick<Engine, 'imports'>): readonly Route[] {
  return [
    guarded('get', '/imports', {
      ...SHARED,
      summary: 'Lists imports of files, newest first.',
      query: z.object({
        ...paging,
        importer_id: queryValue(z.string()),
        status: queryValue(z.enum(Object.keys(STATUSES))),
      }),
      status: 200,
      answers: listOf(importAnswer),
      act: ({ actor, query: { importer_id: importerId, status, page, limit } }) =>
        imports.list(actor, {
          importerId,
          anyOf: status === undefined ? undefined : STATUSES[status],
          page,
          perPage: limit,
        }),
      present: ({ rows, total }) => ({ body: { items: rows.map(presentImport), total } }),
    }),
    guarded('post', '/imports', {
      ...SHARED,
      summary: 'Imports a file: a form with `file`, `importer_id` and, where it is not plain, a `mapping` of columns.',
      upload: { fileFields: ['file'] },
      body: newImport,
      status: 201,
      answers: wholeImportAnswer,
      act: async ({ actor, body, signal }) => {
        const { job } = await imports.create(actor, body);
        return imports.counted(actor, job.id, { patienceMs: COUNT_PATIENCE_MS, signal });
      },
      present: (counted) => ({ body: presentNewImport(counted) }),
    }),
    guarded('get', '/imports/:id', {
      ...SHARED,
      params: idParams,
      subject: 'Import',
      summary: 'Shows an import of a file and how far it has come.',
      status: 200,
      answers: wholeImportAnswer,
      act: ({ actor, params }) => imports.get(actor, params.id),
      present: (view) => ({ body: presentWholeImport(view) }),
    }),
  ];
}
