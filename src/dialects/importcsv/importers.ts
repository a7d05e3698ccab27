import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { queryInteger, text } from '../inputs.ts';
import { guarded } from '../route.ts';
import { importerAnswer, listOf, NEW_IMPORTER_EXAMPLE } from './answers.ts';
import { changedImporterBody, newImporterBody } from './importer-body.ts';
import { presentImporter } from './present-importer.ts';

export const paging = { page: queryInteger(1, 1_000_000, 1), limit: queryInteger(1, 1_000, 100) };

const SHARED = { permission: 'system.import' } as const;
/** An id or a slug. */
const ONE = { ...SHARED, params: z.object({ id: text(200) }), subject: 'Importer' } as const;

/** Named definitions of file imports. */
export function importerRoutes({ importers }: Pick<Engine, 'importers'>): readonly Route[] {
  return [
    guarded('get', '/importers', {
      ...SHARED,
      summary: 'Lists importers, newest first.',
      query: z.object(paging),
      status: 200,
      answers: listOf(importerAnswer),
      act: ({ actor, query }) => importers.list(actor, { page: query.page, perPage: query.limit }),
      present: ({ rows, total }) => ({ body: { items: rows.map(presentImporter), total } }),
    }),
    guarded('post', '/importers', {
      ...SHARED,
      summary: 'Makes an importer, and a typed table of its own unless it names a target.',
      body: newImporterBody(importers.mistakesOf),
      example: NEW_IMPORTER_EXAMPLE,
      bodyLimit: 4_194_304,
      status: 201,
      answers: importerAnswer,
      act: ({ actor, body }) => importers.create(actor, body),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('get', '/importers/:id', {
      ...ONE,
      summary: 'Shows an importer.',
      status: 200,
      answers: importerAnswer,
      act: ({ actor, params }) => importers.get(actor, params.id),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('put', '/importers/:id', {
      ...ONE,
      summary: 'Changes an importer; what is left out stays. Its table is widened, never narrowed under data.',
      body: changedImporterBody,
      status: 200,
      answers: importerAnswer,
      bodyLimit: 4_194_304,
      act: ({ actor, params, body }) => importers.change(actor, params.id, body),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('post', '/importers/:id/key', {
      ...ONE,
      summary: 'Gives an importer another public key; pages with the one before can import no more.',
      status: 200,
      answers: importerAnswer,
      act: ({ actor, params }) => importers.renewKey(actor, params.id),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('delete', '/importers/:id', {
      ...ONE,
      summary: 'Forgets an importer; what it imported stays.',
      status: 204,
      act: ({ actor, params }) => importers.remove(actor, params.id),
      present: () => ({ body: null }),
    }),
  ];
}
