import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import type { Overlap } from '../../domain/schedule.ts';
import { claimTrigger, jobsHaveEnded } from '../../store/queries/jobs/schedule-runs.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { getSchedule, visibleSchedule } from './find-schedules.ts';
import type { ScheduleView } from './schedule-view.ts';

/**
 * Starts a run of a schedule now, also of a paused one, under its own rule for runs that overlap. Temporal tells the runs
 * of a schedule apart by their second, so those that are started in a row begin a little more than a second apart.
 */
export async function triggerSchedule(deps: EngineDeps, actor: Actor, id: string): Promise<ScheduleView> {
  const { orm, orchestrator } = deps;
  const row = await visibleSchedule(orm.em.fork(), actor, id);
  const waitMs = await claimTrigger(orm.em, id);
  if (waitMs === null)
    throw new AppError('conflict', 'This schedule was triggered often just now; try again in some seconds.');
  await delay(waitMs);
  if (!(await orchestrator.schedules.trigger(id, await overlapNow(deps, id, row.overlap)))) {
    throw new AppError('unavailable', 'Temporal has lost this schedule; it is being made again.');
  }
  await orm.em
    .fork()
    .transactional((tx) => audit(tx, actor, 'schedule.triggered', { type: 'import_schedule', id }, { name: row.name }));
  return getSchedule(deps, actor, id);
}

/**
 * A run outlives its job by the moment in which its workflow closes and Temporal hears of it. Skipping for the sake of
 * a run whose job is over would drop what somebody asked for, so it follows that run instead.
 */
async function overlapNow({ orm, orchestrator }: EngineDeps, id: string, overlap: Overlap): Promise<Overlap> {
  if (overlap !== 'skip') return overlap;
  const kept = await orchestrator.schedules.find(id);
  return kept !== null && (await jobsHaveEnded(orm.em.fork(), kept.openRuns)) ? 'buffer_one' : 'skip';
}
