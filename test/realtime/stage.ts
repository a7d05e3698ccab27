import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { universalEvents } from '../../src/dialects/universal/live-events.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { Counters } from '../../src/domain/counters.ts';
import type { EventType } from '../../src/domain/event.ts';
import type { JobStatus } from '../../src/domain/job.ts';
import { createAccess } from '../../src/engine/access/index.ts';
import type { Access } from '../../src/engine/access/index.ts';
import { EventFeed } from '../../src/engine/events/event-feed.ts';
import { createEvents } from '../../src/engine/events/index.ts';
import type { Events } from '../../src/engine/events/index.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createSealer } from '../../src/platform/sealing.ts';
import { createRealtime } from '../../src/realtime/create-realtime.ts';
import type { Realtime, RealtimeDeps } from '../../src/realtime/create-realtime.ts';
import { appendEvent } from '../../src/store/queries/events/events.ts';
import type { NewEvent } from '../../src/store/queries/events/events.ts';
import { transitionJob } from '../../src/store/queries/jobs/jobs.ts';
import { openStore } from '../../src/store/orm.ts';
import { createTestDatabase } from '../support/database.ts';
import { PASSWORD, actorFor, makeUser } from '../support/factories.ts';
import type { UserOptions } from '../support/factories.ts';

/** Somebody with an account and everything he may show for it. */
export interface Person {
  readonly actor: Actor;
  readonly token: string;
  readonly cookie: string;
  readonly refreshToken: string;
}

export interface Job {
  readonly id: string;
  readonly profileId: string;
}

type Options = Partial<Pick<RealtimeDeps, 'dialects' | 'limits' | 'timing'>> & {
  /** What answers all requests that are not for sockets. */
  readonly application?: (parts: { readonly access: Access; readonly events: Events }) => RequestListener;
};

/** Real-time serving on a free port over a database of its own, without the workers behind it. */
export interface Stage {
  readonly url: string;
  readonly databaseUrl: string;
  readonly orm: MikroORM;
  readonly access: Access;
  readonly events: Events;
  readonly server: Server;
  readonly realtime: Realtime;
  person(options?: UserOptions): Promise<Person>;
  /** A job of a new profile, running unless said otherwise, with 1,000 rows to do and none done. */
  job(owner: Actor, status?: JobStatus): Promise<Job>;
  /** Changes a job's status as the engine does. */
  transition(job: Job, from: JobStatus, to: JobStatus, event: EventType): Promise<void>;
  /** Commits rows of a job as a worker does. */
  commitRows(job: Job, rows: Partial<Counters>): Promise<void>;
  append(event: NewEvent): Promise<number>;
  /** Breaks all connections of clients, as a network does. */
  cutConnections(): void;
  /** A second API process beside this one, over the same database. */
  beside(options?: Options): Promise<Stage>;
  close(): Promise<void>;
}

const SECRET_KEY = 'a secret key that only tests know';

/** Starts one; close it in `after`. */
export async function startStage(options: Options = {}): Promise<Stage> {
  const database = await createTestDatabase();
  return stageOver(database.url, options, () => database.drop());
}

async function stageOver(
  databaseUrl: string,
  { application = () => noApplication, ...options }: Options,
  drop: () => Promise<void>,
): Promise<Stage> {
  const orm = openStore(databaseUrl, 10);
  const sealer = createSealer(SECRET_KEY);
  const access = createAccess({ orm, sealer, secretKey: SECRET_KEY, rateLimits: 'off' });
  const events = createEvents({ orm, feed: new EventFeed() });
  const realtime = createRealtime({
    databaseUrl,
    events,
    dialects: [universalEvents],
    authenticate: async ({ token, cookie }) => (await access.authenticate({ bearer: token, cookie }))?.actor ?? null,
    logger: createLogger('api', 'silent'),
    ...options,
  });
  const server = createServer(application({ access, events }));
  realtime.attach(server);
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    databaseUrl,
    orm,
    access,
    events,
    server,
    realtime,
    async person(as = {}) {
      const user = await makeUser(orm, as);
      const login = await access.logIn({ email: user.email, password: PASSWORD, address: '127.0.0.1' });
      const { accessToken, cookie, refreshToken } = login;
      return { actor: await actorFor(orm, user), token: accessToken, cookie, refreshToken };
    },
    job: (owner, status = 'running') => makeJob(orm, owner, status),
    async transition(job, from, to, event) {
      const result = await transitionJob(orm.em.fork(), { jobId: job.id, from: [from], to, event });
      if (result?.changed !== true) throw new Error(`the job is not ${from}`);
    },
    commitRows: (job, rows) => commitRows(orm, job, rows),
    append: (event) => orm.em.fork().transactional((tx) => appendEvent(tx, event)),
    cutConnections() {
      for (const socket of connections) socket.destroy();
    },
    beside: (others = {}) => stageOver(databaseUrl, others, () => Promise.resolve()),
    async close() {
      await realtime.close();
      server.closeAllConnections();
      server.close();
      await orm.close(true);
      await drop();
    },
  };
}

const noApplication: RequestListener = (_request, response) => response.writeHead(404).end('the application');

async function makeJob(orm: MikroORM, owner: Actor, status: JobStatus): Promise<Job> {
  const em = orm.em.fork();
  const job = { id: randomUUIDv7(), profileId: randomUUIDv7() };
  await em.execute(
    `insert into "import_profiles" ("id", "tenant_id", "name", "database_type", "host", "port", "database", "username",
       "password_sealed", "ssl_mode", "created_by_id")
     values (?, ?, 'Help desk', 'postgresql', 'db.example.com', 5432, 'desk', 'reader', 'sealed', 'prefer', ?)`,
    [job.profileId, owner.tenantId, owner.userId],
  );
  await em.execute(
    `insert into "import_jobs" ("id", "tenant_id", "kind", "status", "profile_id", "created_by_id", "options", "mode",
       "targets", "estimated_total", "started_at")
     values (?, ?, 'import', ?, ?, ?, '{}', '{}', '[]', 1000, now())`,
    [job.id, owner.tenantId, status, job.profileId, owner.userId],
  );
  await em.execute(
    `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base")
     values (?, 0, 0, 1000, 0)`,
    [job.id],
  );
  return job;
}

async function commitRows(orm: MikroORM, job: Job, rows: Partial<Counters>): Promise<void> {
  const { created = 0, updated = 0, skipped = 0, failed = 0, duplicates = 0 } = rows;
  await orm.em.fork().execute(
    `with "advanced" as (
       update "import_partitions" set "created" = "created" + ?, "updated" = "updated" + ?, "skipped" = "skipped" + ?,
         "failed" = "failed" + ?, "duplicates" = "duplicates" + ? where "job_id" = ?
     )
     select pg_notify('lading_progress', ?)`,
    [created, updated, skipped, failed, duplicates, job.id, job.id],
  );
}

/** Ends the relay's own connection, as a restart of the database would; tells how many there were. */
export async function cutRelay(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'lading relay'`,
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}
