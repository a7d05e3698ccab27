import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import type { JobView } from '../jobs/job-view.ts';
import { createImport } from './create-import.ts';
import { failedRowsFile } from './failed-rows.ts';
import { countedImport, getImport, listImports } from './find-imports.ts';
import type { ImportFilter } from './find-imports.ts';
import { getRun, listRuns, rowsOfRun } from './ingest-runs.ts';
import { errorSummary } from './error-summary.ts';
import type { CreateImportInput } from './import-input.ts';

/** The use cases of imports of files. All need `system.import`. */
export function createImports(deps: EngineDeps) {
  return {
    create: (actor: Actor, input: CreateImportInput) => createImport(deps, actor, input),
    list: (actor: Actor, filter: ImportFilter & Page) => listImports(deps, actor, filter),
    get: (actor: Actor, id: string) => getImport(deps, actor, id),
    runs: (actor: Actor, page: Page) => listRuns(deps, actor, page),
    run: (actor: Actor, number: number) => getRun(deps, actor, number),
    rowsOf: (view: JobView, limit: number) => rowsOfRun(deps, view, limit),
    failedRows: (actor: Actor, id: string, signal: AbortSignal) => failedRowsFile(deps, actor, id, signal),
    errorSummary: (actor: Actor, id: string) => errorSummary(deps, actor, id),
    counted: (actor: Actor, id: string, patience: { readonly patienceMs: number; readonly signal: AbortSignal }) =>
      countedImport(deps, actor, id, patience),
  };
}

export type Imports = ReturnType<typeof createImports>;
