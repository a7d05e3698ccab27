import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { DEFAULT_BATCH_SIZE } from '../../domain/job.ts';
import { CONCURRENT_MIGRATIONS } from '../../domain/migration.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import type { ImportMigration } from '../../store/entities/import-migration.ts';
import { countImporting } from '../../store/queries/migration/migrations.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { insertJob } from '../jobs/insert-job.ts';
import { startJob } from '../jobs/start-job.ts';
import { heldMigration } from './find-migrations.ts';
import { refuse } from './refusal.ts';

/** Seconds after which it is worth asking again when a tenant has as many imports under way as it may. */
const BUSY_SECONDS = 5;

/**
 * Has the whole file of a migration job checked, by a job of its own that writes nothing but what is wrong. One that is
 * being checked already goes on. Throws a refusal once the import was asked for.
 */
export async function validateMigration(deps: EngineDeps, actor: Actor, id: string): Promise<void> {
  const job = await deps.orm.em.fork().transactional(async (tx) => {
    const { state, migration } = await heldMigration(tx, actor, id);
    if (state.status === 'validating') return null;
    if (!state.waits)
      throw refuse('validate', `A job that is ${state.status} is not validated.`, { status: state.status });
    await audit(tx, actor, 'job.validate', { type: 'import_job', id });
    return insertValidation(tx, migration, false);
  });
  if (job) await startJob(deps, job);
}

/**
 * Has the file of a migration job brought in; where it was not checked yet, that comes first. Throws a refusal for one
 * that was started before, and where the tenant has as many imports under way as it may.
 */
export async function startMigration(deps: EngineDeps, actor: Actor, id: string): Promise<void> {
  const job = await deps.orm.em.fork().transactional(async (tx) => {
    // One start of a tenant at a time, so that they count each other.
    await tx.execute(`select from "tenants" where "id" = ?::uuid for no key update`, [actor.tenantId]);
    const { state, migration } = await heldMigration(tx, actor, id);
    const { status, waits, validation } = state;
    if (!waits || (status === 'validating' && state.starts))
      throw refuse('start', `A job that is ${status} is not started.`, { status });
    if ((await countImporting(tx, actor.tenantId)) >= CONCURRENT_MIGRATIONS) {
      const message = `${CONCURRENT_MIGRATIONS} imports are under way already.`;
      throw refuse('too_many', message, { most: CONCURRENT_MIGRATIONS, retryAfter: BUSY_SECONDS });
    }
    await audit(tx, actor, 'job.start', { type: 'import_job', id });
    if (validation?.completed === true) {
      await tx.nativeUpdate(ImportJob, { id, status: 'pending' }, { held: false });
      return tx.findOneOrFail(ImportJob, { id }, { refresh: true });
    }
    if (validation !== null && !validation.ended) {
      migration.starts = true;
      await tx.flush();
      return null;
    }
    return insertValidation(tx, migration, true);
  });
  if (job) await startJob(deps, job);
}

/** Makes the job that checks a migration job's file, as the import is going to read it. */
async function insertValidation(tx: EntityManager, migration: ImportMigration, starts: boolean): Promise<ImportJob> {
  const { id, tenantId, createdById } = migration;
  const { targets, mode, options, fileId } = await tx.findOneOrFail(ImportJob, { id });
  migration.starts = starts;
  return insertJob(tx, {
    id: randomUUID(),
    tenantId,
    // What becomes of it its owner is told, whoever asked.
    userId: createdById,
    kind: 'validate',
    profileId: null,
    ...(fileId && { file: { id: fileId, importerId: null, importerVersion: null } }),
    migrationId: id,
    plan: { targets, mode, options: { ...options, batchSize: DEFAULT_BATCH_SIZE } },
  });
}
