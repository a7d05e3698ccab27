import type { Actor } from '../../domain/actor.ts';
import { hasEnded } from '../../domain/migration.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { cancelJob } from '../jobs/control-job.ts';
import { heldMigration } from './find-migrations.ts';
import { refuse } from './refusal.ts';

/**
 * Forgets a migration job that has ended. What it brought in stays, and so does the ledger of it. Throws a refusal for one
 * that has not ended, or is being rolled back.
 */
export async function deleteMigration(deps: EngineDeps, actor: Actor, id: string): Promise<void> {
  const { waits } = await deps.orm.em.fork().transactional(async (tx) => {
    const { state, migration } = await heldMigration(tx, actor, id);
    const { status, rollback } = state;
    if (!hasEnded(status) || rollback?.ended === false)
      throw refuse('not_ended', `A job that is ${status} is not deleted.`, { status });
    migration.deletedAt = new Date();
    await tx.flush();
    await audit(tx, actor, 'job.deleted', { type: 'import_job', id }, { status });
    return state;
  });
  // The import of a file that could not be validated would wait for ever.
  if (waits) await cancelJob(deps, actor, id);
}
