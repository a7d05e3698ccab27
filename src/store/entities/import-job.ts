import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Counters } from '../../domain/counters.ts';
import type { JobKind, JobOptions, JobStatus, ModeConfig } from '../../domain/job.ts';
import type { FileOrigin } from '../../domain/import-file.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { RollbackOptions } from '../../domain/rollback.ts';
import type { TargetSpec } from '../../domain/target.ts';

/** One target type of a job, with everything it runs by: later changes of the profile do not reach it. */
export interface JobTarget {
  readonly ordinal: number;
  readonly spec: TargetSpec;
  /** What is read for it; of a file its name and, for every field, the column that is to fill it. */
  readonly query: QueryConfiguration;
  /** The file its rows come from; absent for rows of a database. */
  readonly file?: FileOrigin;
}

/** Why a job failed, as it is shown. */
export interface JobError {
  readonly code: string;
  readonly message: string;
}

const ImportJobSchema = defineEntity({
  name: 'ImportJob',
  tableName: 'import_jobs',
  properties: {
    id: p.uuid().primary(),
    number: p.bigint('number').autoincrement().unique(),
    tenantId: p.uuid(),
    kind: p.text().$type<JobKind>(),
    status: p.text().$type<JobStatus>(),
    /** The profile whose database its rows come from, or the importer whose file. */
    profileId: p.uuid().nullable(),
    importerId: p.uuid().nullable(),
    importerVersion: p.integer().nullable(),
    fileId: p.uuid().nullable(),
    parentJobId: p.uuid().nullable(),
    /** The migration job it belongs to: of the import behind that, its own id. */
    migrationId: p.uuid().nullable(),
    /** It stays pending until it is asked for. */
    held: p.boolean().default(false),
    createdById: p.uuid().nullable(),
    options: p.json<JobOptions>(),
    mode: p.json<ModeConfig>(),
    targets: p.json<readonly JobTarget[]>(),
    /** Rows the source holds for each target type, before `limit`; filled in when the type is planned. */
    sourceCounts: p.json<Readonly<Record<string, number>>>(),
    /** The checked query of each target by its ordinal, as the source side made it when it was planned. */
    sourceQueries: p.json<Readonly<Record<string, unknown>>>(),
    /** How each type is read and why, filled in when it is planned. */
    reading: p.json<Readonly<Record<string, string>>>(),
    /** How a `rollback` undoes its parent job; null for every other kind. */
    rollback: p.json<RollbackOptions>().nullable(),
    estimatedTotal: p.bigint('number').nullable(),
    operation: p.text().nullable(),
    /** The sums over its partitions when it ended, after which they cannot change: for figures over many jobs. */
    totals: p.json<Counters>().nullable(),
    /** Of these what it created and updated, by target type. */
    importedByType: p.json<Readonly<Record<string, number>>>().nullable(),
    error: p.json<JobError>().nullable(),
    workflowRunId: p.text().nullable(),
    startedAt: p.datetime().nullable(),
    completedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** One execution: what it was asked, how it stands. Its counters are sums over its partitions. */
export class ImportJob extends ImportJobSchema.class {}
ImportJobSchema.setClass(ImportJob);
