import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DatabaseType } from '../../domain/profile.ts';
import type { QueryConfiguration, SslMode } from '../../domain/query.ts';

const CONNECTION_STATUSES = ['untested', 'connected', 'failed'] as const;

/** What the last connection test said, as it is shown. */
export interface StoredTestResult {
  readonly success: boolean;
  readonly message: string;
  readonly error?: string;
  readonly databaseInfo?: { version: string; database: string; tableCount: number; size: string | null };
}

const ImportProfileSchema = defineEntity({
  name: 'ImportProfile',
  tableName: 'import_profiles',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    databaseType: p.text().$type<DatabaseType>(),
    host: p.text(),
    port: p.integer(),
    database: p.text(),
    username: p.text(),
    passwordSealed: p.text(),
    sslMode: p.text().$type<SslMode>(),
    description: p.text().nullable(),
    notes: p.text().nullable(),
    createdById: p.uuid().nullable(),
    templateId: p.uuid().nullable(),
    /** The query of each target type. */
    queries: p.json<Readonly<Record<string, QueryConfiguration>>>(),
    connectionStatus: p.text().$type<(typeof CONNECTION_STATUSES)[number]>(),
    lastTestedAt: p.datetime().nullable(),
    lastTestResult: p.json<StoredTestResult>().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A connection to a source database with its query configurations. */
export class ImportProfile extends ImportProfileSchema.class {}
ImportProfileSchema.setClass(ImportProfile);
