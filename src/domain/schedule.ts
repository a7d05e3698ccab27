import type { CronCalendar } from './cron.ts';

/** What happens when a run is due while the one before it still goes on. */
export const OVERLAPS = ['skip', 'buffer_one', 'cancel_other', 'allow_all'] as const;
export type Overlap = (typeof OVERLAPS)[number];

export const MAX_INTERVAL_SECONDS = 366 * 24 * 3600;
/** Temporal counts no shorter time in which a missed run is made up for. */
export const MIN_CATCHUP_SECONDS = 10;
export const MAX_CATCHUP_SECONDS = 366 * 24 * 3600;
/** What was due while everything was down for up to an hour is made up for, unless somebody says otherwise. */
export const DEFAULT_CATCHUP_SECONDS = 3600;

/**
 * How a schedule in the store stands to the one in Temporal. `settled`: both say the same, as far as is known.
 * `making`: the one in Temporal is about to be made and nobody was told of it yet. `changing`: Temporal may have been
 * told something that this row does not say. `removing`: it is gone for everybody, and is to go from Temporal.
 */
const SCHEDULE_STATES = ['making', 'settled', 'changing', 'removing'] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** When a schedule runs: at moments of the calendar in its time zone, or every so many seconds since 1970. */
export type Timing =
  | { readonly kind: 'cron'; readonly cron: string; readonly calendars: readonly CronCalendar[] }
  | { readonly kind: 'interval'; readonly seconds: number };

/** Which column says that a row is new: by name, for each type by name, or `true` for what such columns are called. */
export type SinceLastRun = true | string | Readonly<Record<string, string>>;

/** How far a source has been read for one target type: all rows up to `value`, and those of it that were there. */
export interface SourceCursor {
  /** What it was measured for; for another query or column it says nothing. */
  readonly subject: string;
  /** The column, as the source calls it. */
  readonly column: string;
  /** The greatest value that was there, as text of the column's type; null when there was none. */
  readonly value: string | null;
  /** By what is told which rows have joined those that were there: see `measureSource`. */
  readonly mark: string;
}
