import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { makeContacts } from '../../bench/contacts.ts';
import { ApiError } from '../../src/demo/api-client.ts';
import { randomOf } from '../../src/demo/random.ts';
import type { Random } from '../../src/demo/random.ts';
import { createEmptyDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';
import { eventually } from './lading.ts';
import { openLading } from './lading-process.ts';
import type { LadingProcess } from './lading-process.ts';

/** What is done to a running import. */
export type Blow = 'worker' | 'temporal' | 'postgres' | 'source' | 'everything' | 'freeze' | 'pause';

/** What can be done to a Lading while a job runs. */
export interface Blows {
  readonly lading: LadingProcess;
  /** Resolves when so many rows of a job are committed, with how many they are by then; null when it ended before. */
  readonly committed: (jobId: string, rows: number) => Promise<number | null>;
  readonly strike: (blow: Blow, jobId: string, random: Random) => Promise<void>;
  /** Resolves when nothing is frozen any more. */
  readonly settle: () => Promise<void>;
}

/** A Lading on a source of contacts, that can be hit. */
export interface Victim extends Blows {
  readonly database: TestDatabase;
  readonly source: pg.Client;
  readonly stop: () => Promise<void>;
}

/** Longer than a missed heartbeat takes to be noticed: the frozen one wakes up when another has taken over. */
const FROZEN_MS = 12_000;

/** The live process of a component; waits for one that is just being started again. */
async function pidOf({ home }: LadingProcess, name: string): Promise<number> {
  let pid = 0;
  await eventually(`${name} runs`, async () => {
    pid = await home.pid(name);
    process.kill(pid, 0);
    return true;
  });
  return pid;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Processes that name a folder on their command line or work in it. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/u.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return `${command} ${readlinkSync(`/proc/${pid}/cwd`)}`.includes(folder) ? [`${pid} ${command}`] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** Looks at a job's checkpoints whenever one is written; rejects when the store goes away. */
async function watchCommits(lading: LadingProcess, jobId: string, rows: number): Promise<number | null> {
  const client = await lading.connect();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  client.on('error', broken.reject);
  client.on('end', () => broken.reject(new Error('the connection has ended')));
  try {
    let wake = (): void => undefined;
    client.on('notification', () => wake());
    await client.query('listen lading_progress');
    for (;;) {
      const told = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const result = await client.query<{ done: string; status: string }>(
        `select coalesce(sum(p.rows_done), 0) as done, j.status from import_jobs j
         left join import_partitions p on p.job_id = j.id where j.id = $1 group by j.status`,
        [jobId],
      );
      const { done, status } = result.rows[0] ?? { done: '0', status: 'gone' };
      if (status !== 'running' && status !== 'pending') return null;
      if (Number(done) >= rows) return Number(done);
      // The end of a job is no checkpoint: it is seen a little later.
      await Promise.race([told, broken.promise, delay(500)]);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Makes each commit of a checkpoint take a little longer, within its transaction: so rows flow for long enough to be
 * struck where it is wanted, and blows fall into transactions as often as between them.
 */
const SLOWER = `
  create function chaos_pause() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.02); return new; end $$;
  create trigger chaos_pause before update on import_partitions for each row
    when (new.rows_done > old.rows_done) execute function chaos_pause()`;

/**
 * Readies a Lading of so many workers for blows: its commits take a little longer from now on.
 * @param source where its jobs read, unless they read files
 */
export async function readyForBlows(
  lading: LadingProcess,
  workers: number,
  source: pg.Client | null = null,
): Promise<Blows> {
  await lading.query(SLOWER);
  const thawing = new Set<Promise<void>>();
  const oneWorker = (random: Random): Promise<number> => {
    const number = 1 + random.below(workers);
    return pidOf(lading, number === 1 ? 'worker' : `worker-${number}`);
  };
  const everything = async (): Promise<void> => {
    const names = ['supervisor', 'worker', 'api', 'temporal', 'postgres'];
    const pids = await Promise.all(names.map((name) => pidOf(lading, name)));
    for (const pid of pids) signal(pid, 'SIGKILL');
    await lading.startAgain();
  };
  const freeze = async (pid: number): Promise<void> => {
    signal(pid, 'SIGSTOP');
    await delay(FROZEN_MS);
    signal(pid, 'SIGCONT');
  };

  /** Asks until it is answered; that the job stands so already is what an answer that got lost has left. */
  const control = (jobId: string, verb: 'pause' | 'resume'): Promise<void> =>
    eventually(`the job hears "${verb}"`, async () => {
      try {
        await lading.client.post(`/api/import/jobs/${jobId}/${verb}`, {}, z.unknown());
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 400)) throw error;
      }
      return true;
    });

  return {
    lading,
    committed: async (jobId, count) => {
      for (;;) {
        try {
          return await watchCommits(lading, jobId, count);
        } catch {
          // The store is away; it is being started again.
          await delay(50);
        }
      }
    },
    strike: async (blow, jobId, random) => {
      switch (blow) {
        case 'worker':
          signal(await oneWorker(random), 'SIGKILL');
          return;
        case 'temporal':
        case 'postgres':
          signal(await pidOf(lading, blow), 'SIGKILL');
          return;
        case 'source':
          await source?.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()`,
          );
          return;
        case 'freeze': {
          const thaw = freeze(await oneWorker(random));
          thawing.add(thaw);
          return;
        }
        case 'everything':
          await everything();
          return;
        case 'pause':
          await control(jobId, 'pause');
          await control(jobId, 'resume');
      }
    },
    settle: async () => {
      await Promise.all(thawing);
    },
  };
}

/** Starts a Lading with a source of `rows` contacts. */
export async function makeVictim(
  rows: number,
  workers: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Victim> {
  const lading = await openLading({ LADING_WORKERS: String(workers), ...settings });
  const database = await createEmptyDatabase();
  const source = new pg.Client(database.url);
  await source.connect();
  let blows: Blows | null = null;
  const stop = async (): Promise<void> => {
    await blows?.settle();
    await source.end();
    await lading.stop();
    await database.drop();
  };
  try {
    await makeContacts(source, rows, 1);
    blows = await readyForBlows(lading, workers, source);
    return { ...blows, database, source, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Moments to strike: blows in an order of their own, spread over the rows, each with some play. */
export function moments(seed: number, blows: readonly Blow[], rows: number): { blow: Blow; at: number }[] {
  const random = randomOf(seed, 1, 0);
  const order = blows.map((blow) => ({ blow, rank: random.fraction() })).toSorted((a, b) => a.rank - b.rank);
  const stretch = (rows * 0.92) / blows.length;
  return order.map(({ blow }, index) => ({ blow, at: Math.ceil(stretch * (index + random.fraction())) }));
}

interface Facts {
  readonly [name: string]: unknown;
}

/** What must hold of a job that made all rows of a source anew; `clean` is the profile of an undisturbed import. */
export async function assertExactlyOnce(
  lading: LadingProcess,
  jobId: string,
  profile: string,
  clean: string,
  rows: number,
): Promise<void> {
  const one = async (text: string, values: readonly unknown[]): Promise<Facts> => ({
    ...(await lading.query<Record<string, unknown>>(text, values))[0],
  });
  const partitions = await one(
    `select sum(rows_done)::int as rows, sum(created)::int as created, sum(updated + skipped + failed)::int as others,
       bool_and(finished) as finished from import_partitions where job_id = $1`,
    [jobId],
  );
  assert.deepEqual(partitions, { rows, created: rows, others: 0, finished: true });

  const ledger = await one(
    `select count(*)::int as records, count(distinct row_number)::int as numbers, min(row_number)::int as first,
       max(row_number)::int as last, count(distinct target_id)::int as targets,
       count(*) filter (where action <> 'created')::int as not_created
     from import_records where job_number = (select number from import_jobs where id = $1)`,
    [jobId],
  );
  assert.deepEqual(ledger, { records: rows, numbers: rows, first: 1, last: rows, targets: rows, not_created: 0 });

  // A record that was written a second time has another transaction than its chunk, and says so itself.
  const written = await one(
    `select count(*)::int as records, count(*) filter (where t.updated_at <> t.created_at)::int as updated,
       count(*) filter (where r.target_id is null)::int as unknown_to_ledger,
       count(*) filter (where t.source_hash is distinct from r.source_hash)::int as of_another_row
     from target.customer_users t left join import_records r on r.target_id = t.id
       and r.job_number = (select number from import_jobs where id = $1)
     where t.source_id = $2`,
    [jobId, profile],
  );
  assert.deepEqual(written, { records: rows, updated: 0, unknown_to_ledger: 0, of_another_row: 0 });
  const torn = await lading.query(
    `select t.xmin::text, count(distinct r.xmin::text) as ledger_transactions
     from target.customer_users t join import_records r on r.target_id = t.id
     where t.source_id = $1 group by t.xmin::text having count(distinct r.xmin::text) <> 1`,
    [profile],
  );
  assert.deepEqual(torn, []);

  const fields = `external_id, name, first_name, last_name, email, phone, company, job_title, street, city, state,
    postcode, country, birth_date, source_hash`;
  const different = await lading.query(
    `(select ${fields} from target.customer_users where source_id = $1 except
      select ${fields} from target.customer_users where source_id = $2) limit 3`,
    [clean, profile],
  );
  assert.deepEqual(different, []);
  const ended = await lading.query(
    `select type from import_events where job_id = $1 and type in ('job.completed', 'job.failed', 'job.cancelled')`,
    [jobId],
  );
  assert.deepEqual(ended, [{ type: 'job.completed' }]);
}
