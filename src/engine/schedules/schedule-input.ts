import type { Overlap, SinceLastRun } from '../../domain/schedule.ts';
import type { CreateJobInput } from '../jobs/job-input.ts';

/** What somebody asks of a schedule, in our own words; of a change, what is left out stays as it is. */
export interface ScheduleInput {
  readonly name?: string | undefined;
  readonly profileId?: string | undefined;
  /** An importer's id or slug; this or `profileId`. */
  readonly importer?: string | undefined;
  /** Five fields or a nickname; this or `intervalSeconds`. */
  readonly cron?: string | null | undefined;
  readonly intervalSeconds?: number | null | undefined;
  /** A name of the IANA database, UTC by default; what the fields of `cron` are meant in. */
  readonly timezone?: string | undefined;
  readonly overlap?: Overlap | undefined;
  readonly catchupWindowSeconds?: number | undefined;
  readonly options?:
    | (NonNullable<CreateJobInput['options']> & { readonly sinceLastRun?: SinceLastRun | null })
    | undefined;
  readonly mode?: CreateJobInput['mode'] | undefined;
}
