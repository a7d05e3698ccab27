import type { Actor } from '../../domain/actor.ts';
import type { NewImporterInput } from '../../domain/importer.ts';
import { importerMistakes as checkImporter } from '../../rows/fields/check-importer.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { changeImporter, deleteImporter, renewKey } from './change-importer.ts';
import type { ImporterChanges } from './change-importer.ts';
import { createImporter } from './create-importer.ts';
import { getImporter, listImporters } from './find-importers.ts';

/** The use cases of importers. All need `system.import`; a foreign importer is `not_found`. */
export function createImporters(deps: EngineDeps) {
  return {
    list: (actor: Actor, page: Page) => listImporters(deps, actor, page),
    get: (actor: Actor, name: string) => getImporter(deps, actor, name),
    /** What does not fit together in an importer's parts. */
    mistakesOf: checkImporter,
    create: (actor: Actor, input: NewImporterInput) => createImporter(deps, actor, input),
    change: (actor: Actor, id: string, changes: ImporterChanges) => changeImporter(deps, actor, id, changes),
    renewKey: (actor: Actor, id: string) => renewKey(deps, actor, id),
    remove: (actor: Actor, id: string) => deleteImporter(deps, actor, id),
  };
}

export type Importers = ReturnType<typeof createImporters>;
