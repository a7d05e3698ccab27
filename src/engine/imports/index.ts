import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import { createImport } from './create-import.ts';
import type { CreateImportInput } from './import-input.ts';

/** The use cases of imports of files. */
export function createImports(deps: EngineDeps) {
  return {
    create: (actor: Actor, input: CreateImportInput) => createImport(deps, actor, input),
  };
}

export type Imports = ReturnType<typeof createImports>;
