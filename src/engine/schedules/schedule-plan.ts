import { parseCron } from '../../domain/cron.ts';
import type { Timing } from '../../domain/schedule.ts';
import type { ImportSchedule } from '../../store/entities/import-schedule.ts';
import type { SchedulePlan } from '../ports.ts';

/** A stored schedule as its keeper is to have it; null when it is to go, because its profile has gone. */
export function planOf(row: ImportSchedule): SchedulePlan | null {
  if (!row.profileId) return null;
  return {
    id: row.id,
    tenantId: row.tenantId,
    profileId: row.profileId,
    name: row.name,
    timing: timingOf(row),
    timezone: row.timezone,
    overlap: row.overlap,
    catchupWindowSeconds: row.catchupWindowSeconds,
    paused: row.paused,
  };
}

function timingOf({ id, cron, intervalSeconds }: ImportSchedule): Timing {
  if (intervalSeconds) return { kind: 'interval', seconds: intervalSeconds };
  const parsed = parseCron(cron ?? '');
  if ('mistakes' in parsed) throw new Error(`the schedule ${id} was stored with a cron expression that is none`);
  return { kind: 'cron', cron: cron ?? '', calendars: parsed.calendars };
}
