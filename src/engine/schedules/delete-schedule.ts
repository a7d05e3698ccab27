import { LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { visibleSchedule } from './find-schedules.ts';

/**
 * Removes a schedule, here and in Temporal; its jobs and what they imported stay, also one that is under way. When
 * Temporal does not answer it is all there as before (`unavailable`); when this process dies, the sweep completes it.
 */
export async function deleteSchedule(deps: EngineDeps, actor: Actor, id: string): Promise<void> {
  const { orm, orchestrator } = deps;
  await visibleSchedule(orm.em.fork(), actor, id);
  const known = { id, state: { $in: ['settled', 'changing'] } } as const;
  const marked = await orm.em.fork().nativeUpdate(ImportSchedule, known, { state: 'removing', stateAt: new Date() });
  if (marked === 0) throw notFound('Import schedule');
  try {
    await orm.em.fork().transactional(async (tx) => {
      const row = await tx.findOne(ImportSchedule, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) return;
      await orchestrator.schedules.remove(id);
      await tx.remove(row).flush();
      await audit(tx, actor, 'schedule.deleted', { type: 'import_schedule', id }, { name: row.name });
    });
  } catch (error) {
    // Temporal may have done it all the same: the sweep has it made again.
    await orm.em
      .fork()
      .nativeUpdate(ImportSchedule, { id, state: 'removing' }, { state: 'changing', stateAt: new Date() });
    throw error;
  }
}
