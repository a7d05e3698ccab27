import { z } from 'zod';
import { DATABASE_TYPES } from '../../domain/profile.ts';
import { JOB_STATUSES } from '../../domain/job.ts';
import { SSL_MODES } from '../../domain/query.ts';
import type { Profile } from '../../engine/profiles/profile-view.ts';
import type { JobView } from '../../engine/jobs/job-view.ts';
import { count, instant, messageAnswer, named, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { imported } from './present-job.ts';
import { configurationAnswer, presentConfiguration, QUERY_EXAMPLE } from './query-body.ts';
import { moment } from './words.ts';

const PASSED = {
  success: true,
  message: 'Connection successful',
  database_info: { version: 'PostgreSQL 14.9', database: 'production_db', table_count: 45 },
};

const testAnswer = z.object({
  success: z.boolean(),
  message: z.string(),
  error: z.string().optional(),
  database_info: z
    .object({ version: z.string(), database: z.string(), table_count: count, size: z.string().optional() })
    .optional(),
});

export const connectionTestAnswer = z.object({ connection_test: testAnswer }).meta({
  examples: [
    { connection_test: { ...PASSED, database_info: { ...PASSED.database_info, size: '250 MB' } } },
    {
      connection_test: {
        success: false,
        message: 'Connection failed: could not connect to server',
        error: 'Connection timed out',
      },
    },
  ],
});

const EXAMPLE = {
  id: '0198c0de-0000-7000-8000-000000000001',
  name: 'Production Database',
  database_type: 'postgresql',
  host: 'database.example.com',
  port: 5432,
  database: 'production_db',
  username: 'db_user',
  ssl_mode: 'prefer',
  description: 'Production database import connection',
  notes: 'Main production database',
  status: 'connected',
  created_by: { id: '0198c0de-0000-7000-8000-000000000002', name: 'Admin User' },
  last_tested_at: '2025-08-20T10:30:00Z',
  template_id: '0198c0de-0000-7000-8000-000000000003',
  template: { id: '0198c0de-0000-7000-8000-000000000003', name: 'FreeScout Platform', platform: 'freescout' },
  last_test_result: PASSED,
  created_at: '2025-08-20T09:00:00Z',
  updated_at: '2025-08-20T10:30:00Z',
};

/** What its maker says of a profile, but for the password: shown, and written to files. */
export const toldOfProfile = {
  name: z.string(),
  database_type: z.enum(DATABASE_TYPES),
  host: z.string(),
  port: z.int(),
  database: z.string(),
  username: z.string(),
  ssl_mode: z.enum(SSL_MODES),
  description: perhaps(z.string()),
  notes: perhaps(z.string()),
};

export const profileAnswer = z
  .object({
    id: z.uuid(),
    ...toldOfProfile,
    status: z.enum(['untested', 'connected', 'failed']),
    created_by: perhaps(named),
    last_tested_at: perhaps(instant),
    template_id: perhaps(z.uuid()),
    template: perhaps(named.extend({ platform: z.string() })),
    last_test_result: perhaps(testAnswer),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ examples: [EXAMPLE] });

const configuredAnswer = profileAnswer.extend({ configuration: configurationAnswer });

/** A profile that something was done with. */
export const changedProfileAnswer = messageAnswer.extend({ profile: configuredAnswer });

const shownJobs = z.array(
  z.object({
    id: z.uuid(),
    status: z.enum(JOB_STATUSES),
    records_imported: count,
    started_at: perhaps(instant),
  }),
);

export const profileWithJobsAnswer = configuredAnswer
  .extend({ import_jobs: shownJobs.describe('The newest of them.') })
  .meta({
    examples: [
      {
        ...EXAMPLE,
        configuration: { queries: { customer_users: QUERY_EXAMPLE } },
        import_jobs: [
          {
            id: '0198c0de-0000-7000-8000-000000000004',
            status: 'completed',
            records_imported: 1250,
            started_at: '2025-08-20T10:00:00Z',
          },
        ],
      },
    ],
  });

/** A profile as lists show it. */
export function presentProfile(profile: Profile): Presented<typeof profileAnswer> {
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
export function presentConfigured(profile: Profile): Presented<typeof configuredAnswer> {
  return { ...presentProfile(profile), configuration: presentConfiguration(profile.queries) };
}

/** A profile with its queries and its newest jobs. */
export function presentWithJobs({
  profile,
  jobs,
}: {
  profile: Profile;
  jobs: readonly JobView[];
}): Presented<typeof profileWithJobsAnswer> {
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
export function presentTest({ success, message, error, databaseInfo }: Test): Presented<typeof testAnswer> {
  return {
    success,
    message,
    ...(error === undefined ? {} : { error }),
    ...(databaseInfo === undefined ? {} : { database_info: presentDatabase(databaseInfo) }),
  };
}

function presentDatabase(info: NonNullable<Test['databaseInfo']>): Presented<typeof testAnswer>['database_info'] {
  const { version, database, tableCount, size } = info;
  return { version, database, table_count: tableCount, ...(size === null ? {} : { size }) };
}
