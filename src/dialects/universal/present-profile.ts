import type { Profile } from '../../engine/profiles/profile-view.ts';
import type { JobView } from '../../engine/jobs/job-view.ts';
import { imported } from './present-job.ts';
import { presentQueries } from './query-body.ts';
import { moment } from './words.ts';

/** A profile as lists show it. */
export function presentProfile(profile: Profile): object {
  const { template } = profile;
  return {
    id: profile.id,
    name: profile.name,
    database_type: profile.databaseType,
    host: profile.host,
    port: profile.port,
    database: profile.database,
    username: profile.username,
    ssl_mode: profile.sslMode,
    description: profile.description,
    notes: profile.notes,
    status: profile.connectionStatus,
    created_by: profile.createdBy,
    last_tested_at: moment(profile.lastTestedAt),
    template_id: template?.id ?? null,
    template,
    last_test_result: profile.lastTestResult && presentTest(profile.lastTestResult),
    created_at: moment(profile.createdAt),
    updated_at: moment(profile.updatedAt),
  };
}

/** A profile with the queries it imports by. */
export function presentConfigured(profile: Profile): object {
  return { ...presentProfile(profile), configuration: { queries: presentQueries(profile.queries) } };
}

/** A profile with its queries and its newest jobs. */
export function presentWithJobs({ profile, jobs }: { profile: Profile; jobs: readonly JobView[] }): object {
  return {
    ...presentConfigured(profile),
    import_jobs: jobs.map(({ job, counters }) => ({
      id: job.id,
      status: job.status,
      records_imported: imported(counters),
      started_at: moment(job.startedAt),
    })),
  };
}

interface Test {
  readonly success: boolean;
  readonly message: string;
  readonly error?: string;
  readonly databaseInfo?: { version: string; database: string; tableCount: number; size: string | null };
}

/** What a connection test said. */
export function presentTest({ success, message, error, databaseInfo }: Test): object {
  return {
    success,
    message,
    ...(error === undefined ? {} : { error }),
    ...(databaseInfo === undefined ? {} : { database_info: presentDatabase(databaseInfo) }),
  };
}

function presentDatabase({ version, database, tableCount, size }: NonNullable<Test['databaseInfo']>): object {
  return { version, database, table_count: tableCount, ...(size === null ? {} : { size }) };
}
