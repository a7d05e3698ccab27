import { isEveryHour, parseCron } from '../../domain/cron.ts';
import type { Timing } from '../../domain/schedule.ts';
import { isWholeHours } from '../../domain/time-zone.ts';
import type { ImportSchedule } from '../../store/entities/import-schedule.ts';
import type { SchedulePlan } from '../ports.ts';

/** A stored schedule as its keeper is to have it; null when it is to go, because what it imports has gone. */
export function planOf(row: ImportSchedule): SchedulePlan | null {
  if (!row.profileId && !row.importerId) return null;
  const timing = timingOf(row);
  return {
    id: row.id,
    tenantId: row.tenantId,
    profileId: row.profileId ?? null,
    name: row.name,
    timing,
    timezone: countedIn(timing, row.timezone),
    overlap: row.overlap,
    catchupWindowSeconds: row.catchupWindowSeconds,
    paused: row.paused,
  };
}

/**
 * Of an hour that comes twice, when clocks go back, Temporal knows one; what is due every hour has nothing to do with
 * such clocks and is counted in UTC, where no run of that hour is lost.
 */
function countedIn(timing: Timing, timezone: string): string {
  return timing.kind === 'cron' && isEveryHour(timing) && isWholeHours(timezone) ? 'UTC' : timezone;
}

function timingOf({ id, cron, intervalSeconds }: ImportSchedule): Timing {
  if (intervalSeconds) return { kind: 'interval', seconds: intervalSeconds };
  const parsed = parseCron(cron ?? '');
  if ('mistakes' in parsed) throw new Error(`the schedule ${id} was stored with a cron expression that is none`);
  return { kind: 'cron', cron: cron ?? '', calendars: parsed.calendars };
}
