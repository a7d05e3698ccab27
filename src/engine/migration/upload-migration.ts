import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { MIGRATION_BATCH } from '../../domain/migration.ts';
import type { MigrationType } from '../../domain/migration.ts';
import { requirePermission } from '../../domain/policy.ts';
import { ImportMigration } from '../../store/entities/import-migration.ts';
import { findBuiltinTarget } from '../../targets/registry.ts';
import { TRAVEL_IMPORTERS } from '../../targets/travel-importers.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { keepFile, planOf } from '../imports/create-import.ts';
import type { UploadedFile } from '../imports/import-input.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { readUpload } from './read-upload.ts';
import type { UploadReading } from './read-upload.ts';

export interface UploadMigrationInput {
  readonly type: MigrationType;
  readonly file: UploadedFile;
  /** Fields by the columns that are to fill them. */
  readonly columnMapping: Readonly<Record<string, string>> | null;
}

export interface UploadedMigration extends UploadReading {
  readonly id: string;
  readonly type: MigrationType;
  readonly fileName: string;
}

/**
 * Makes a migration job of a file that lies in storage: the import of it, which waits until it is asked for, and whose id
 * is the migration job's from now on. Throws a refusal for a file that cannot be brought in.
 */
export async function uploadMigration(
  deps: EngineDeps,
  actor: Actor,
  { type, file, columnMapping }: UploadMigrationInput,
  signal: AbortSignal,
): Promise<UploadedMigration> {
  requirePermission(actor, 'system.import');
  const definition = TRAVEL_IMPORTERS[type];
  const spec = findBuiltinTarget(type);
  if (!spec) throw new Error(`there is no target ${type}`);
  const given = Object.entries(columnMapping ?? {}).map(([column, field]) => ({ column, field }));
  const reading = await readUpload(deps.files, file, definition.fields, given, signal);
  const id = randomUUID();
  const kept = await deps.orm.em.fork().transactional(async (tx) => {
    const stored = await keepFile(tx, actor, file);
    const { mapping, encoding, delimiter, totalRows } = reading;
    // As it was found, so that every job reads the file as it was shown.
    const choice = { delimiter, headerRow: 1, ...(encoding !== 'utf-8' && { encoding }) };
    const { createdAt } = await insertJob(tx, {
      id,
      tenantId: actor.tenantId,
      userId: actor.userId,
      kind: 'import',
      profileId: null,
      file: { id: stored.id, importerId: null, importerVersion: null },
      migrationId: id,
      held: true,
      plan: planOf({ definition }, spec, stored, { file, mapping, choice, batchSize: MIGRATION_BATCH }, null),
    });
    tx.create(ImportMigration, {
      id,
      tenantId: actor.tenantId,
      createdById: actor.userId,
      type,
      encoding,
      delimiter,
      columnMapping,
      totalRows,
      createdAt,
    });
    await tx.flush();
    await audit(tx, actor, 'job.created', { type: 'import_job', id }, { migration: type });
    return stored;
  });
  return { ...reading, id, type, fileName: kept.name };
}
