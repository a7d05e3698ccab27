import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { createImport } from './create-import.ts';
import { countedImport, getImport, listImports } from './find-imports.ts';
import type { ImportFilter } from './find-imports.ts';
import type { CreateImportInput } from './import-input.ts';

/** The use cases of imports of files. All need `system.import`. */
export function createImports(deps: EngineDeps) {
  return {
    create: (actor: Actor, input: CreateImportInput) => createImport(deps, actor, input),
    list: (actor: Actor, filter: ImportFilter & Page) => listImports(deps, actor, filter),
    get: (actor: Actor, id: string) => getImport(deps, actor, id),
    counted: (actor: Actor, id: string, patience: { readonly patienceMs: number; readonly signal: AbortSignal }) =>
      countedImport(deps, actor, id, patience),
  };
}

export type Imports = ReturnType<typeof createImports>;
