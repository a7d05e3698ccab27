import assert from 'node:assert/strict';
import { randomOf } from '../../src/demo/random.ts';
import { assertExactlyOnce, makeVictim, moments, processesIn } from '../support/chaos.ts';
import type { Blow, Blows } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, countersOf, logIn, runJob, startJob } from '../support/lading-process.ts';
import { jobAnswer } from '../../src/demo/job-answers.ts';

export interface Storm {
  readonly seed: number;
  readonly rows: number;
  readonly workers: number;
  readonly blows: readonly Blow[];
  /** Rows of a chunk; 500 when absent. */
  readonly batch?: number;
  /** Milliseconds after which an import that has not ended counts as hung. */
  readonly patienceMs: number;
}

const BATCH = 500;

/** Strikes a running job of `rows` rows at all of a storm's moments; says what was struck when. */
export async function strikeAll(victim: Blows, jobId: string, storm: Storm): Promise<string[]> {
  const random = randomOf(storm.seed, 2, 0);
  const struck: string[] = [];
  for (const { blow, at } of moments(storm.seed, storm.blows, storm.rows)) {
    const committed = await victim.committed(jobId, at);
    if (committed === null) {
      const [job] = await victim.lading.query('select status, error from import_jobs where id = $1', [jobId]);
      assert.fail(`the job ended before the blow at ${at} rows, after ${struck.join(', ')}: ${JSON.stringify(job)}`);
    }
    await victim.strike(blow, jobId, random);
    struck.push(`${blow} at ${committed}`);
  }
  return struck;
}

/**
 * Imports a source undisturbed, then again for another profile while everything is struck, and holds the second
 * against the first. Says what was struck.
 */
export async function weather(storm: Storm, say: (line: string) => void): Promise<void> {
  const victim = await makeVictim(storm.rows, storm.workers);
  const { home } = victim.lading;
  const options = { options: { selected_types: ['customer_users'], batch_size: storm.batch ?? BATCH } };
  try {
    const first = victim.lading.client;
    const clean = await contactsProfile(first, victim.database.url, 'Undisturbed');
    assert.deepEqual(countersOf(await runJob(first, clean, options)), {
      created: storm.rows,
      updated: 0,
      skipped: 0,
      failed: 0,
    });
    const profile = await contactsProfile(first, victim.database.url, 'Struck');
    const jobId = await startJob(first, profile, options);
    const started = performance.now();
    say((await strikeAll(victim, jobId, storm)).join(', '));
    await eventually(
      'the import ends',
      async () => {
        const [job] = await victim.lading.query('select from import_jobs where id = $1 and completed_at is not null', [
          jobId,
        ]);
        return job !== undefined;
      },
      storm.patienceMs,
    );
    say(`over after ${((performance.now() - started) / 1000).toFixed(0)} s`);
    const client = await logIn(victim.lading.current().baseUrl);
    const job = await client.get(`/api/import/jobs/${jobId}`, jobAnswer);
    assert.deepEqual(
      { status: job.status, errors: job.errors, unprocessed: job.records_unprocessed, ...countersOf(job) },
      { status: 'completed', errors: null, unprocessed: 0, created: storm.rows, updated: 0, skipped: 0, failed: 0 },
    );
    await assertExactlyOnce(victim.lading, jobId, profile, clean, storm.rows);
    await eventually('nobody reads the source any more', async () => {
      const { rowCount } = await victim.source.query(
        'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      return rowCount === 0;
    });
  } finally {
    await victim.stop();
  }
  assert.deepEqual(processesIn(home.path), []);
}
