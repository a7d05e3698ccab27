import { defineEntity, p } from '@mikro-orm/postgresql';
import type { JobOptions, ModeConfig } from '../../domain/job.ts';
import type { Overlap, ScheduleState, SinceLastRun, SourceCursor } from '../../domain/schedule.ts';

/** How each run's job is made: a job's own options, and what makes it read only what is new. */
export interface ScheduleOptions extends Omit<JobOptions, 'incremental'> {
  /** Null reads everything each time. */
  readonly sinceLastRun: SinceLastRun | null;
}

/** How far a schedule's completed runs have read, with the number of the run that came so far. */
export interface ReachedCursor extends SourceCursor {
  readonly run: number;
}

const ImportScheduleSchema = defineEntity({
  name: 'ImportSchedule',
  tableName: 'import_schedules',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** This or `importerId`; neither once what it imports was deleted: then the schedule goes too. */
    profileId: p.uuid().nullable(),
    importerId: p.uuid().nullable(),
    cron: p.text().nullable(),
    intervalSeconds: p.integer().nullable(),
    timezone: p.text(),
    overlap: p.text().$type<Overlap>(),
    catchupWindowSeconds: p.integer(),
    options: p.json<ScheduleOptions>(),
    mode: p.json<ModeConfig>(),
    paused: p.boolean(),
    /** By target type. */
    cursors: p.json<Readonly<Record<string, ReachedCursor>>>(),
    /** Who its jobs belong to. */
    createdById: p.uuid(),
    state: p.text().$type<ScheduleState>(),
    stateAt: p.datetime(),
    /** What Temporal said it holds when both were last brought together; another digest is another's change. */
    digest: p.text().nullable(),
    /** When both were last held against each other. */
    checkedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A recurring import: what is to run when. Temporal holds the same and does it. */
export class ImportSchedule extends ImportScheduleSchema.class {}
ImportScheduleSchema.setClass(ImportSchedule);
