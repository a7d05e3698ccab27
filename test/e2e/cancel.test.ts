import { Client, Connection } from '@temporalio/client';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { makeContacts } from '../../bench/contacts.ts';
import { hasEnded, jobAnswer, jobStatusAnswer, startedJobAnswer } from '../../src/demo/job-answers.ts';
import type { Job } from '../../src/demo/job-answers.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, countersOf, openLadingOverTestServers, runJob, startJob } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';
import { temporalCli } from '../support/temporal-server.ts';

const run = promisify(execFile);
const eventsAnswer = z.object({ data: z.array(z.object({ type: z.string() })) });

const ROWS = 120_000;
const OPTIONS = { options: { selected_types: ['customer_users'], batch_size: 500 } };
/** What "at once" means to somebody who pressed a button. */
const AT_ONCE_MS = 2000;

describe('cancelling while rows flow', () => {
  let lading: LadingProcess;
  let database: TestDatabase;
  let source: pg.Client;
  let profile: string;
  let jobId: string;
  let atCancel: unknown;

  before(async () => {
    database = await createEmptyDatabase();
    source = new pg.Client(database.url);
    await source.connect();
    await makeContacts(source, ROWS, 1);
    lading = await openLadingOverTestServers();
    profile = await contactsProfile(lading.client, database.url, 'Contacts');
  });
  after(async () => {
    await source.end();
    await lading.stop();
    await database.drop();
  });

  const committed = async (): Promise<number> => {
    const [row] = await lading.query<{ rows: number }>(
      'select coalesce(sum(rows_done), 0)::int as rows from import_partitions where job_id = $1',
      [jobId],
    );
    return row?.rows ?? 0;
  };
  /** What the ledger and the target hold of the job. */
  const facts = async (): Promise<unknown> => ({
    ledger: await lading.query(
      `select action, count(*)::int as rows from import_records
       where job_number = (select number from import_jobs where id = $1) group by action`,
      [jobId],
    ),
    target: await lading.query('select count(*)::int as rows from target.customer_users where source_id = $1', [
      profile,
    ]),
    partitions: await lading.query(
      'select ordinal, rows_done, created, finished from import_partitions where job_id = $1 order by ordinal',
      [jobId],
    ),
  });

  test('answers "cancelled" within two seconds, also while many ask how the job stands', async () => {
    jobId = await startJob(lading.client, profile, OPTIONS);
    const asking = new AbortController();
    const ask = async (): Promise<string[]> => {
      const seen: string[] = [];
      while (!asking.signal.aborted) {
        const { status } = await lading.client.get(`/api/import/jobs/${jobId}/status`, jobStatusAnswer);
        if (seen.at(-1) !== status) seen.push(status);
      }
      return seen;
    };
    const askers = Array.from({ length: 4 }, ask);
    try {
      await eventually('rows flow', async () => (await committed()) >= 5000);
      const started = performance.now();
      const { job } = await lading.client.post(`/api/import/jobs/${jobId}/cancel`, {}, startedJobAnswer);
      const took = performance.now() - started;
      atCancel = await facts();
      assert.equal(job.status, 'cancelled');
      assert.ok(took < AT_ONCE_MS, `it took ${took.toFixed(0)} ms`);
      assert.ok((await committed()) < ROWS, 'there was nothing left to cancel');
      const { status } = await lading.client.get(`/api/import/jobs/${jobId}/status`, jobStatusAnswer);
      assert.equal(status, 'cancelled');
    } finally {
      asking.abort();
    }
    for (const seen of await Promise.all(askers)) {
      assert.ok(
        [['running'], ['running', 'cancelled'], ['cancelled']].some((way) => way.join() === seen.join()),
        seen.join(),
      );
    }
  });

  /** Resolves when Temporal shows the job's workflow so. */
  const shownAs = async (wanted: string): Promise<void> => {
    const connection = await Connection.connect({ address: await lading.home.read('run/temporal-address') });
    try {
      const workflow = new Client({ connection }).workflow.getHandle(jobId);
      await eventually(
        `Temporal shows it as ${wanted}`,
        async () => (await workflow.describe()).status.name === wanted,
      );
    } finally {
      await connection.close();
    }
  };
  /** What Temporal's own tool does to the job's workflow, by somebody who knows nothing of Lading. */
  const fromOutside = async (action: string): Promise<void> => {
    const address = await lading.home.read('run/temporal-address');
    await run(await temporalCli(), ['workflow', action, '--workflow-id', jobId, '--address', address]);
  };
  const ended = async (): Promise<Job> => {
    let job: Job | null = null;
    await eventually('the job has ended', async () => {
      job = await lading.client.get(`/api/import/jobs/${jobId}`, jobAnswer);
      return hasEnded(job);
    });
    return jobAnswer.parse(job);
  };

  test('writes nothing afterwards, and the counters say what the ledger says', async () => {
    await shownAs('CANCELLED');
    assert.deepEqual(await facts(), atCancel);

    const rows = await committed();
    const job = await lading.client.get(`/api/import/jobs/${jobId}`, jobAnswer);
    assert.deepEqual(
      { status: job.status, unprocessed: job.records_unprocessed, ...countersOf(job) },
      { status: 'cancelled', unprocessed: ROWS - rows, created: rows, updated: 0, skipped: 0, failed: 0 },
    );
    assert.partialDeepStrictEqual(atCancel, { ledger: [{ action: 'created', rows }], target: [{ rows }] });
  });

  test('leaves the rest to a later job, which skips what is there', async () => {
    const rows = await committed();
    const job = await runJob(lading.client, profile, { options: { selected_types: ['customer_users'] } });
    assert.deepEqual(countersOf(job), { created: ROWS - rows, updated: 0, skipped: rows, failed: 0 });
  });

  for (const [action, status, shown, errors] of [
    ['cancel', 'cancelled', 'CANCELLED', []],
    ['terminate', 'failed', 'TERMINATED', ['terminated']],
  ] as const) {
    test(`"temporal workflow ${action}" from outside ends the job as ${status}`, async () => {
      jobId = await startJob(lading.client, profile, OPTIONS);
      await eventually('rows flow', async () => (await committed()) >= 5000);
      await fromOutside(action);
      const job = await ended();
      const atEnd = await facts();
      const rows = await committed();
      assert.ok(rows < ROWS, 'there was nothing left to end');
      assert.deepEqual(
        {
          status: job.status,
          errors: (job.errors ?? []).map(({ code }) => code),
          unprocessed: job.records_unprocessed,
          ...countersOf(job),
        },
        { status, errors, unprocessed: ROWS - rows, created: 0, updated: 0, skipped: rows, failed: 0 },
      );
      await shownAs(shown);
      const { data } = await lading.client.get(`/api/import/events?job_id=${jobId}`, eventsAnswer);
      assert.deepEqual(
        data.map(({ type }) => type),
        ['job_created', 'job_started', `job_${status}`],
      );
      assert.deepEqual(await facts(), atEnd);
    });
  }

  test('leaves nothing that keeps a later job from its work', async () => {
    const job = await runJob(lading.client, profile, { options: { selected_types: ['customer_users'] } });
    assert.deepEqual(
      { status: job.status, ...countersOf(job) },
      { status: 'completed', created: 0, updated: 0, skipped: ROWS, failed: 0 },
    );
  });
});
