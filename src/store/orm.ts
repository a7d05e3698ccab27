import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { fileURLToPath } from 'node:url';
import { ApiToken } from './entities/api-token.ts';
import { AuditEntry } from './entities/audit-entry.ts';
import { DirectoryJob } from './entities/directory-job.ts';
import { DirectoryUpload } from './entities/directory-upload.ts';
import { IdempotencyKey } from './entities/idempotency-key.ts';
import { ImportEvent } from './entities/import-event.ts';
import { ImportFile } from './entities/import-file.ts';
import { ImportImporter } from './entities/import-importer.ts';
import { ImportJob } from './entities/import-job.ts';
import { ImportMigration } from './entities/import-migration.ts';
import { ImportPartition } from './entities/import-partition.ts';
import { ImportProfile } from './entities/import-profile.ts';
import { ImportIssue, ImportRecord } from './entities/import-record.ts';
import { ImportScheduleRun } from './entities/import-schedule-run.ts';
import { ImportSchedule } from './entities/import-schedule.ts';
import { ImportTarget } from './entities/import-target.ts';
import { ImportTemplate } from './entities/import-template.ts';
import { ImportWebhookDelivery } from './entities/import-webhook-delivery.ts';
import { ImportWebhook } from './entities/import-webhook.ts';
import { Session } from './entities/session.ts';
import { Tenant } from './entities/tenant.ts';
import { User } from './entities/user.ts';

/** Every entity of the store, listed by hand so that nothing depends on the order of a folder. */
const ENTITIES = [
  ApiToken,
  AuditEntry,
  DirectoryJob,
  DirectoryUpload,
  IdempotencyKey,
  ImportEvent,
  ImportFile,
  ImportImporter,
  ImportIssue,
  ImportJob,
  ImportMigration,
  ImportPartition,
  ImportProfile,
  ImportRecord,
  ImportSchedule,
  ImportScheduleRun,
  ImportTarget,
  ImportTemplate,
  ImportWebhook,
  ImportWebhookDelivery,
  Session,
  Tenant,
  User,
];

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/**
 * How every session of the store prints values, on which row hashes and before-images rest, and how long a frozen
 * process may sit on an open transaction, and with it on the locks of its job.
 */
const SESSION_SETTINGS = [
  'TimeZone=UTC',
  'DateStyle=ISO',
  'IntervalStyle=iso_8601',
  'bytea_output=hex',
  'idle_in_transaction_session_timeout=15s',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

function options(url: string, poolSize: number): Options {
  return {
    clientUrl: url,
    entities: ENTITIES,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    driverOptions: {
      application_name: 'lading',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      options: SESSION_SETTINGS,
    },
    migrations: {
      path: MIGRATIONS,
      pathTs: MIGRATIONS,
      glob: 'Migration*.ts',
      snapshot: false,
      disableForeignKeys: false,
    },
    // A database that is not there is a mistake in the URL: one made in its place would look like all data being gone.
    ensureDatabase: false,
    forceUtcTimezone: true,
    debug: false,
    // The migrator's own lines; ours are told by whoever migrates.
    logger: () => undefined,
  };
}

/**
 * Opens the store at a PostgreSQL URL; connections are made when first needed. Fork the returned `em` for each unit
 * of work. `close()` ends all connections.
 */
export function openStore(url: string, poolSize = 10): MikroORM {
  return new MikroORM(options(url, poolSize));
}

/**
 * Brings the store's tables to the newest version; one caller at a time, whoever else calls waits. The database itself
 * must be there.
 */
export async function migrateStore(url: string): Promise<void> {
  const orm = openStore(url, 2);
  try {
    const pool = await orm.em.getConnection().getNativeClient();
    const lock = await pool.connect();
    try {
      await lock.query(`select pg_advisory_lock(hashtext('lading.migrate'))`);
      await orm.migrator.up();
    } finally {
      lock.release(true);
    }
  } finally {
    await orm.close(true);
  }
}
