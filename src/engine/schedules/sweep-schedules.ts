import { LockMode } from '@mikro-orm/postgresql';
import { ImportSchedule } from '../../store/entities/import-schedule.ts';
import type { EngineDeps } from '../deps.ts';
import { planOf } from './schedule-plan.ts';

/** Whoever began a change has so long to end it; then it is ended for him. */
const GRACE_SECONDS = 5;

type Deps = Pick<EngineDeps, 'orm' | 'orchestrator'>;

/**
 * Brings the schedules in the store and in Temporal together again. What was begun here and not ended, because a process
 * died or Temporal was away, is ended: what was being made goes, what was being changed is as it was, what was being
 * removed is removed, and so is a schedule whose profile or importer is gone. Safe to run in several processes at once. Returns how
 * many had to be mended.
 * @param whole also looks for what became different in Temporal alone: what was changed, deleted or made there is put
 *   back to what the store says; only a pause or resume was meant by somebody and is taken over
 */
export async function sweepSchedules(deps: Deps, whole: boolean): Promise<number> {
  const pool = await deps.orm.em.getConnection().getNativeClient();
  const session = await pool.connect();
  let free = false;
  try {
    const lock = await session.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(hashtext('lading.schedules')) as "taken"`,
    );
    free = lock.rows[0]?.taken !== true;
    if (free) return 0;
    let mended = 0;
    for (const id of await schedulesToMend(deps, whole)) if (await mend(deps, id)) mended++;
    return whole ? mended + (await removeStrangers(deps)) : mended;
  } finally {
    // A session that cannot give the lock back is dead, and its lock with it.
    free ||= await session.query(`select pg_advisory_unlock(hashtext('lading.schedules'))`).then(
      () => true,
      () => false,
    );
    session.release(!free);
  }
}

/** Schedules to look at, those that were left in the middle of something first. */
async function schedulesToMend({ orm }: Deps, whole: boolean): Promise<string[]> {
  const rows: { id: string }[] = await orm.em.fork().execute(
    `select "id" from "import_schedules"
     where coalesce("profile_id", "importer_id") is null
       or ("state" <> 'settled' and "state_at" < clock_timestamp() - make_interval(secs => ?))
       or (?::boolean and "state" = 'settled')
     order by "state" = 'settled' and coalesce("profile_id", "importer_id") is not null, "checked_at"`,
    [GRACE_SECONDS, whole],
  );
  return rows.map((row) => row.id);
}

/** Looks at one schedule under its lock; one that somebody is just changing is left to him. */
function mend({ orm, orchestrator }: Deps, id: string): Promise<boolean> {
  return orm.em.fork().transactional(async (tx) => {
    const row = await tx.findOne(ImportSchedule, { id }, { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE });
    if (!row) return false;
    const plan = planOf(row);
    if (plan === null || row.state === 'making' || row.state === 'removing') {
      await orchestrator.schedules.remove(id);
      tx.remove(row);
      return true;
    }
    const kept = row.state === 'settled' ? await orchestrator.schedules.find(id) : null;
    if (kept !== null && kept.digest === row.digest) {
      const toldThere = kept.paused !== row.paused;
      tx.assign(row, { paused: kept.paused, checkedAt: new Date(), ...(toldThere ? { updatedAt: new Date() } : {}) });
      return toldThere;
    }
    const paused = kept?.paused ?? plan.paused;
    const { digest } = await orchestrator.schedules.put({ ...plan, paused });
    tx.assign(row, { paused, digest, state: 'settled', stateAt: new Date(), checkedAt: new Date() });
    return true;
  });
}

/** Schedules of ours that Temporal alone has. A row is always older than its schedule there, so without one it is over. */
async function removeStrangers({ orm, orchestrator }: Deps): Promise<number> {
  const ids = await orchestrator.schedules.list();
  const rows = await orm.em.fork().find(ImportSchedule, { id: { $in: ids } }, { fields: ['id'] });
  const known = new Set(rows.map(({ id }) => id));
  const strangers = ids.filter((id) => !known.has(id));
  for (const id of strangers) await orchestrator.schedules.remove(id);
  return strangers.length;
}
