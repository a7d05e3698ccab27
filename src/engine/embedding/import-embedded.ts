import { randomUUID } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { EngineDeps } from '../deps.ts';
import { createImport } from '../imports/create-import.ts';
import type { JobView } from '../jobs/job-view.ts';
import { EmbeddedPayload } from './embedded-payload.ts';
import { importerOfKey, keyHolder } from './find-by-key.ts';

/** How the rows are called, for which nobody sent a file. */
const FILE_NAME = 'embedded_import.json';

/**
 * Imports the rows that the widget sends, for whoever has the importer's public key. They go to storage while they come,
 * and are a file like any other from then on; of a request that is refused nothing stays.
 * @throws AppError `bad_request`, `validation`, `too_large` for the body, `not_found` for the key
 */
export async function importEmbedded(
  deps: EngineDeps,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<JobView> {
  const { storage, maxBytes } = deps.files;
  const key = `uploads/${randomUUID()}`;
  const payload = new EmbeddedPayload();
  const stored = await storage.put(key, payload.lines(body), { signal, maxBytes });
  try {
    const { key: publicKey, context } = payload.facts();
    const em = deps.orm.em.fork();
    const importer = await importerOfKey(em, publicKey);
    const known = new Set(importer.definition.fields.map(({ name }) => name));
    return await createImport(deps, await keyHolder(em, importer), {
      importer: importer.id,
      file: { key, name: FILE_NAME, charset: null, ...stored },
      // The widget's user has said what is what; a column that is no field's is not to become one by likeness.
      mapping: payload.columns.map((column) => ({ column, field: known.has(column) ? column : null })),
      embedded: { context },
    });
  } catch (error) {
    if (error instanceof AppError && error.code !== 'internal' && error.code !== 'unavailable') {
      await storage.remove(key);
    }
    throw error;
  }
}
