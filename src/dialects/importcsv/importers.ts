import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { queryInteger, text } from '../inputs.ts';
import { guarded } from '../route.ts';
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
      act: ({ actor, query }) => importers.list(actor, { page: query.page, perPage: query.limit }),
      present: ({ rows, total }) => ({ body: { items: rows.map(presentImporter), total } }),
    }),
    guarded('post', '/importers', {
      ...SHARED,
      summary: 'Makes an importer, and a typed table of its own unless it names a target.',
      body: newImporterBody(importers.mistakesOf),
      bodyLimit: 4_194_304,
      act: ({ actor, body }) => importers.create(actor, body),
      present: (view) => ({ status: 201, body: presentImporter(view) }),
    }),
    guarded('get', '/importers/:id', {
      ...ONE,
      summary: 'Shows an importer.',
      act: ({ actor, params }) => importers.get(actor, params.id),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('put', '/importers/:id', {
      ...ONE,
      summary: 'Changes an importer; what is left out stays. Its table is widened, never narrowed under data.',
      body: changedImporterBody,
      bodyLimit: 4_194_304,
      act: ({ actor, params, body }) => importers.change(actor, params.id, body),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('post', '/importers/:id/key', {
      ...ONE,
      summary: 'Gives an importer another public key; pages with the one before can import no more.',
      act: ({ actor, params }) => importers.renewKey(actor, params.id),
      present: (view) => ({ body: presentImporter(view) }),
    }),
    guarded('delete', '/importers/:id', {
      ...ONE,
      summary: 'Forgets an importer; what it imported stays.',
      act: ({ actor, params }) => importers.remove(actor, params.id),
      present: () => ({ status: 204, body: null }),
    }),
  ];
}
