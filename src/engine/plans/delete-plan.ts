import { LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound, wrongState } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { deletePlannedRows } from '../../store/plans/plan-changes.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';

/** Removes an ended plan with its rows. Throws `wrong_state` while it is being made or applied. */
export async function deletePlan({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, { id }: ImportJob): Promise<void> {
  await orm.em.fork().transactional(async (tx) => {
    const plan = await tx.findOne(ImportJob, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!plan) throw notFound('Import plan');
    const appliers = await tx.find(ImportJob, { parentJobId: id });
    const unfinished = [plan, ...appliers].find(({ status }) => !isFinal(status));
    if (unfinished) {
      const { status } = unfinished;
      const what = unfinished === plan ? `is ${status}` : 'is being applied';
      throw wrongState(`Cannot delete an import plan that ${what}.`, { action: 'delete', status });
    }
    await deletePlannedRows(tx, plan.number);
    await audit(tx, actor, 'plan.deleted', { type: 'import_job', id }, {});
    await tx.remove(plan).flush();
  });
}
