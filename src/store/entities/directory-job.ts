import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Service } from '../../domain/directory/columns.ts';

/** What an export is to hold. */
export interface DirectoryExport {
  readonly service: Service;
  /** The query as it was asked; it was found right when the job was made. */
  readonly query: unknown;
}

/** The file that an export has made. */
export interface ExportedFile {
  readonly key: string;
  readonly rows: number;
  readonly size: number;
  readonly sha256: string;
}

const DirectoryJobSchema = defineEntity({
  name: 'DirectoryJob',
  tableName: 'directory_jobs',
  properties: {
    jobId: p.uuid().primary(),
    /** The job's own, by which a tenant's are listed, newest first. */
    tenantId: p.uuid(),
    number: p.bigint('number'),
    /** How often it is tried again when it fails. */
    retries: p.integer(),
    /** How often it has failed so far. */
    failures: p.integer().default(0),
    /** Whether work on it has begun. */
    begun: p.boolean().default(false),
    /** Whether it waits for its next attempt. */
    waiting: p.boolean().default(false),
    /** Why it failed last, in a sentence. */
    lastFailure: p.text().nullable(),
    /** Of an import: what its file was uploaded as. */
    uploadKey: p.text().nullable(),
    export: p.json<DirectoryExport>().nullable(),
    /** Of an export that is done. */
    result: p.json<ExportedFile>().nullable(),
  },
});

/** What is known of a job besides, when it imports an uploaded file into the directory or exports from it. */
export class DirectoryJob extends DirectoryJobSchema.class {}
DirectoryJobSchema.setClass(DirectoryJob);
