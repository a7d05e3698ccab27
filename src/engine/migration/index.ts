import type { Actor } from '../../domain/actor.ts';
import type { MigrationType } from '../../domain/migration.ts';
import { TRAVEL_IMPORTERS } from '../../targets/travel-importers.ts';
import type { EngineDeps } from '../deps.ts';
import { deleteMigration } from './delete-migration.ts';
import { errorReport } from './error-report.ts';
import { getMigration, listMigrations } from './find-migrations.ts';
import type { MigrationFilter } from './find-migrations.ts';
import { rollbackMigration } from './rollback-migration.ts';
import { startMigration, validateMigration } from './run-migration.ts';
import { uploadMigration } from './upload-migration.ts';
import type { UploadMigrationInput } from './upload-migration.ts';

/**
 * The use cases of migration jobs. One id stands for all of it, that of the import: the upload makes that, held until it
 * is asked for; validating and rolling back are jobs of their own that belong to it (`import_jobs.migration_id`). How a
 * migration job stands is never stored but follows from theirs (`store/queries/migration/migrations.ts`). Whatever
 * changes something needs `system.import`; a foreign job is `not_found`.
 */
export function createMigrations(deps: EngineDeps) {
  return {
    upload: (actor: Actor, input: UploadMigrationInput, signal: AbortSignal) =>
      uploadMigration(deps, actor, input, signal),
    validate: (actor: Actor, id: string) => validateMigration(deps, actor, id),
    start: (actor: Actor, id: string) => startMigration(deps, actor, id),
    get: (actor: Actor, id: string) => getMigration(deps, actor, id),
    errors: (actor: Actor, id: string) => errorReport(deps, actor, id),
    rollback: (actor: Actor, id: string, signal: AbortSignal) => rollbackMigration(deps, actor, id, signal),
    list: (actor: Actor, filter: MigrationFilter) => listMigrations(deps, actor, filter),
    /** The columns that a file may have. */
    columnsOf: (type: MigrationType): readonly string[] => TRAVEL_IMPORTERS[type].fields.map(({ name }) => name),
    remove: (actor: Actor, id: string) => deleteMigration(deps, actor, id),
  };
}

export type Migrations = ReturnType<typeof createMigrations>;
