import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { rowCounts, TOLD_ERRORS } from '../../../domain/migration.ts';
import { ImportJob } from '../../entities/import-job.ts';
import { ImportMigration } from '../../entities/import-migration.ts';
import { appendEvent } from '../events/events.ts';
import { countErrors, migrationErrors } from './migration-errors.ts';
import { sumCounters } from '../jobs/partitions.ts';

const FROM_THE_FIRST = { rowNumber: 0, ordinal: 0 };

/**
 * What the end of a job means to the migration job it belongs to, in the transaction that ends it: a validation is told
 * with what it found, and lets the import begin where that was asked for; a rollback is told. Returns the id of an import
 * that is to be started now.
 */
export async function settleMigration(tx: EntityManager, jobId: string): Promise<string | null> {
  const job = await tx.findOne(ImportJob, {
    id: jobId,
    migrationId: { $ne: null },
    kind: { $in: ['validate', 'rollback'] },
  });
  if (!job?.migrationId) return null;
  // Whoever asks for the import meanwhile waits, and then finds the validation ended.
  const migration = await tx.findOne(
    ImportMigration,
    { id: job.migrationId },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  if (!migration) return null;
  const about = { tenantId: job.tenantId, jobId: migration.id, userId: migration.createdById };
  if (job.kind === 'rollback') {
    const isReal = job.rollback?.dryRun !== true && job.rollback?.chosen !== true && job.parentJobId === migration.id;
    if (isReal) await appendEvent(tx, { ...about, type: 'job.rolled_back', data: { migrationId: migration.id } });
    return null;
  }
  const errors = await migrationErrors(tx, job.number, FROM_THE_FIRST, TOLD_ERRORS);
  await appendEvent(tx, {
    ...about,
    type: 'job.validated',
    data: {
      migrationId: migration.id,
      total: job.estimatedTotal ?? 0,
      rows: rowCounts(await sumCounters(tx, job.id)),
      errors,
      summary: await countErrors(tx, job.number),
      starts: migration.starts,
    },
  });
  if (!migration.starts) return null;
  const released = await tx.nativeUpdate(
    ImportJob,
    { id: migration.id, status: 'pending', held: true },
    { held: false },
  );
  return released === 1 ? migration.id : null;
}
