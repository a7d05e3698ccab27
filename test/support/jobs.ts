import type { MikroORM } from '@mikro-orm/postgresql';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createActivities } from '../../activities/index.ts';
import type { Activities } from '../../activities/index.ts';
import type { ActivityDeps, ScheduledRun } from '../../activities/deps.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { Counters } from '../../src/domain/counters.ts';
import type { JobStatus } from '../../src/domain/job.ts';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { createJobs } from '../../src/engine/jobs/index.ts';
import type { Jobs } from '../../src/engine/jobs/index.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { createSchedules } from '../../src/engine/schedules/index.ts';
import type { Schedules } from '../../src/engine/schedules/index.ts';
import { runSchedule } from '../../src/engine/schedules/run-schedule.ts';
import { addProfile } from '../../src/engine/profiles/create-profile.ts';
import { createLogger } from '../../src/platform/logger.ts';
import type { LogSink } from '../../src/platform/logger.ts';
import { createOutboundGuard } from '../../src/platform/outbound-guard.ts';
import { parseOutboundRules } from '../../src/platform/outbound-rules.ts';
import { createSealer } from '../../src/platform/sealing.ts';
import { ImportEvent } from '../../src/store/entities/import-event.ts';
import { ImportJob } from '../../src/store/entities/import-job.ts';
import { openStore } from '../../src/store/orm.ts';
import { createOrchestrator } from '../../temporal/orchestrator.ts';
import { startWorker } from '../../temporal/worker.ts';
import type { RunningWorker } from '../../temporal/worker.ts';
import { createEmptyDatabase, createTestDatabase } from './database.ts';
import { filePlaces } from './files.ts';
import { makeActor } from './factories.ts';

/** What test profiles read: rows of a table `contacts` of the source. */
export const CONTACTS: QueryConfiguration = {
  name: null,
  baseTable: 'contacts',
  joins: [],
  fields: [
    { source: 'id::text', target: 'external_id' },
    { source: 'name', target: 'name' },
    { source: 'email', target: 'email' },
  ],
  filters: [],
  targetType: 'customer_users',
};

export interface EngineOptions {
  /** Where Temporal answers; the tests' own server when absent. */
  readonly temporalAddress?: string;
  /** Rows of the table `contacts` in the source; 100 when absent. */
  readonly contacts?: number;
  /** Rows that are matched in memory; 20,000 when absent. */
  readonly matchRows?: number;
  /** Where the lines of the worker's log go; nowhere when absent. */
  readonly log?: LogSink;
}

/** The engine with a store, a source and Temporal behind it, as the API and worker processes have them together. */
export interface TestEngine {
  readonly orm: MikroORM;
  readonly databaseUrl: string;
  readonly source: pg.Pool;
  readonly sourceUrl: string;
  readonly deps: EngineDeps & ActivityDeps;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly actor: Actor;
  readonly profileId: string;
  readonly temporal: Client;
  readonly taskQueue: string;
  /** Starts a worker; `change` may put itself in front of activities. */
  startWorker(change?: (activities: Activities) => Activities): Promise<RunningWorker>;
  /** Stops the workers in their tracks and starts another. */
  restartWorker(change?: (activities: Activities) => Activities): Promise<void>;
  /** A job of the profile: by default all its contacts, ten at a time. */
  create(input?: Partial<CreateJobInput>): Promise<string>;
  job(jobId: string): Promise<ImportJob>;
  /** Resolves with the job once it has one of these statuses. */
  reached(jobId: string, ...statuses: readonly JobStatus[]): Promise<ImportJob>;
  /** Resolves once so many rows of the job have an outcome. */
  progressed(jobId: string, rows: number): Promise<void>;
  /** What the job says it has done with its rows. */
  counters(jobId: string): Promise<Counters>;
  /** Empties the target, so that a job has to make all its rows anew. */
  emptyTarget(): Promise<void>;
  eventsOf(jobId: string): Promise<string[]>;
  /** How the job's workflow ended, by Temporal's name for it. */
  workflowEnd(jobId: string): Promise<string>;
  close(): Promise<void>;
}

export async function startTestEngine(options: EngineOptions = {}): Promise<TestEngine> {
  const address = options.temporalAddress ?? process.env['LADING_TEST_TEMPORAL_ADDRESS'];
  if (address === undefined) throw new Error('LADING_TEST_TEMPORAL_ADDRESS is not set: run "npm test -- FILE"');
  const [database, sourceDatabase] = [await createTestDatabase(), await createEmptyDatabase()];
  const orm = openStore(database.url, 20);
  const source = new pg.Pool({ connectionString: sourceDatabase.url, max: 4 });
  source.on('error', () => undefined);
  await source.query(`
    create table "contacts" ("id" integer primary key, "name" text, "email" text);
    insert into "contacts" select n, 'name ' || n, n || '@example.com' from generate_series(1, ${options.contacts ?? 100}) as n`);

  const taskQueue = `test-${randomUUID()}`;
  const settings = { address, namespace: 'default', taskQueue, uiUrl: 'http://127.0.0.1:8233' };
  const orchestrator = createOrchestrator(settings);
  const guard = createOutboundGuard(parseOutboundRules('127.0.0.0/8,::1/128').rules);
  const deps = {
    orm,
    sealer: createSealer('a secret of the tests'),
    guard,
    files: filePlaces(),
    orchestrator,
    ...(options.matchRows === undefined ? {} : { matchRows: options.matchRows }),
    createScheduledJob: (run: ScheduledRun) => runSchedule({ orm }, run),
    logger: options.log ? createLogger('test', 'info', options.log) : createLogger('test', 'silent'),
  };
  const jobs = createJobs(deps);
  const schedules = createSchedules(deps);
  const actor = await makeActor(orm);
  const profileId = await makeProfile(deps, actor, sourceDatabase.url);
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection });
  const workers: RunningWorker[] = [];

  const until = async <T>(what: string, look: () => Promise<T | null>): Promise<T> => {
    for (let tries = 0; tries < 1_500; tries++) {
      const seen = await look();
      if (seen !== null) return seen;
      await delay(20);
    }
    throw new Error(`it never came to ${what}`);
  };
  const start: TestEngine['startWorker'] = async (change = (activities) => activities) => {
    const cache = join(tmpdir(), 'lading-test-workflows');
    const worker = await startWorker(
      { ...settings, partitions: 4, cache },
      change(createActivities(deps)),
      deps.logger,
    );
    workers.push(worker);
    return worker;
  };
  const job = (jobId: string): Promise<ImportJob> => orm.em.fork().findOneOrFail(ImportJob, { id: jobId });

  return {
    orm,
    databaseUrl: database.url,
    source,
    sourceUrl: sourceDatabase.url,
    deps,
    jobs,
    schedules,
    actor,
    profileId,
    temporal,
    taskQueue,
    startWorker: start,
    async restartWorker(change) {
      await Promise.all(workers.splice(0).map((worker) => worker.close()));
      await start(change);
    },
    async create(input = {}) {
      const view = await jobs.create(actor, { profileId, options: { batchSize: 10 }, ...input });
      return view.job.id;
    },
    job,
    reached: (jobId, ...statuses) =>
      until(`the status ${statuses.join(' or ')}`, async () => {
        const found = await job(jobId);
        return statuses.includes(found.status) ? found : null;
      }),
    async progressed(jobId, rows) {
      await until(`${rows} rows`, async () => {
        const [row]: { done: string }[] = await orm.em
          .fork()
          .execute(`select coalesce(sum("rows_done"), 0) as "done" from "import_partitions" where "job_id" = ?`, [
            jobId,
          ]);
        return Number(row?.done) >= rows ? true : null;
      });
    },
    counters: async (jobId) => (await jobs.get(actor, jobId)).counters,
    async emptyTarget() {
      await orm.em.fork().execute('truncate "target"."customer_users" cascade');
    },
    async eventsOf(jobId) {
      const events = await orm.em.fork().find(ImportEvent, { jobId }, { orderBy: { id: 'asc' } });
      return events.map((event) => event.type);
    },
    workflowEnd: (jobId) =>
      until('the end of the workflow', async () => {
        const { status } = await temporal.workflow.getHandle(jobId).describe();
        return status.name === 'RUNNING' ? null : status.name;
      }),
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
      for (const id of await orchestrator.schedules.list()) await orchestrator.schedules.remove(id);
      await terminateAll(temporal, taskQueue);
      await orchestrator.close();
      await connection.close();
      await source.end();
      await orm.close(true);
      await Promise.all([database.drop(), sourceDatabase.drop()]);
    },
  };
}

/** Leaves no workflow behind on a server that other tests use too. */
async function terminateAll(temporal: Client, taskQueue: string): Promise<void> {
  const query = `TaskQueue = '${taskQueue}' and ExecutionStatus = 'Running'`;
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    // Some end by themselves meanwhile.
    await temporal.workflow
      .getHandle(workflowId)
      .terminate()
      .catch(() => undefined);
  }
}

/** A profile that reads `contacts` from the database at a URL. */
export async function makeProfile(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  sourceUrl: string,
  queries: Readonly<Record<string, QueryConfiguration>> = { customer_users: CONTACTS },
): Promise<string> {
  const url = new URL(sourceUrl);
  const input = {
    name: 'Contacts of a test',
    databaseType: 'postgresql',
    description: null,
    notes: null,
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    sslMode: 'prefer',
  } as const;
  const profile = await orm.em
    .fork()
    .transactional((em) => addProfile(em, actor, sealer, input, { queries, templateId: null }));
  return profile.id;
}
