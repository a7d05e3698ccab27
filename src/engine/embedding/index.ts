import { heldFields } from '../../domain/importer.ts';
import type { EngineDeps } from '../deps.ts';
import { viewImporter } from '../importers/importer-view.ts';
import type { ImporterView } from '../importers/importer-view.ts';
import { importerOfKey } from './find-by-key.ts';
import { importEmbedded } from './import-embedded.ts';
import { suggestColumns } from './suggest-columns.ts';
import type { OfferedColumn, WantedColumn } from './suggest-columns.ts';

/** What a page may ask that shows the widget: nobody is logged in, the importer's public key is all there is. */
export function createEmbedding(deps: EngineDeps) {
  return {
    importer: async (key: string): Promise<ImporterView> => {
      const importer = await importerOfKey(deps.orm.em.fork(), key);
      return { ...viewImporter(importer), fields: heldFields(importer.definition, importer.spec ?? null) };
    },
    suggest: (key: string, offered: readonly OfferedColumn[], wanted: readonly WantedColumn[]) =>
      suggestColumns(deps, key, offered, wanted),
    import: (body: AsyncIterable<Uint8Array>, signal: AbortSignal) => importEmbedded(deps, body, signal),
  };
}

export type Embedding = ReturnType<typeof createEmbedding>;
