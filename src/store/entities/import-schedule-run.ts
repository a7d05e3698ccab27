import { defineEntity, p } from '@mikro-orm/postgresql';
import type { SourceCursor } from '../../domain/schedule.ts';

const ImportScheduleRunSchema = defineEntity({
  name: 'ImportScheduleRun',
  tableName: 'import_schedule_runs',
  properties: {
    number: p.bigint('number').primary().autoincrement(),
    scheduleId: p.uuid(),
    /** The workflow that Temporal started for this run; the job has one of its own. */
    workflowId: p.text(),
    jobId: p.uuid().unique(),
    scheduledAt: p.datetime(),
    /** How far the run comes when it completes, by target type; filled in when the type is planned. */
    cursors: p.json<Readonly<Record<string, SourceCursor>>>(),
  },
});

/** One run of a schedule: which job it made. */
export class ImportScheduleRun extends ImportScheduleRunSchema.class {}
ImportScheduleRunSchema.setClass(ImportScheduleRun);
