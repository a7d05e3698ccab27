import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { jobAnswer, startedJobAnswer } from '../../src/demo/job-answers.ts';
import type { Job } from '../../src/demo/job-answers.ts';
import { randomOf } from '../../src/demo/random.ts';
import { processesIn, readyForBlows } from '../support/chaos.ts';
import type { Blow, Blows } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { countersOf, logIn, openLading } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';
import { strikeAll } from './storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

const ROWS = 30_000;
/** Of the rows every so many have no name, which they must have; every so many of these are not mended. */
const BROKEN_EACH = 3;
const LEFT_EACH = 300;
const FAILED = ROWS / BROKEN_EACH;
const LEFT = ROWS / LEFT_EACH;
const WORKERS = 2;
const HEADER = 'id,name,email';

/** Jobs of files commit 10,000 rows at a time, which is all that is mended here. */
const SMALL_CHUNKS = `
  create function chaos_chunks() returns trigger language plpgsql as
    $$ begin new.options = jsonb_set(new.options, '{batchSize}', '100'); return new; end $$;
  create trigger chaos_chunks before insert on import_jobs for each row execute function chaos_chunks()`;

const run = z.object({ data: z.object({ id: z.number(), job_id: z.string() }) });

interface Run {
  readonly number: number;
  readonly jobId: string;
}

const lineOf = (id: number): string => `${id},${id % BROKEN_EACH === 0 ? '' : `Name ${id}`},mail${id}@example.com`;
const FILE = `${HEADER}\n${Array.from({ length: ROWS }, (_, index) => lineOf(index + 1)).join('\n')}\n`;

describe('failed rows of a file that are mended and sent again', { skip, timeout: 1_800_000 }, () => {
  let lading: LadingProcess;
  let blows: Blows;

  before(async () => {
    lading = await openLading({ LADING_WORKERS: String(WORKERS) });
    blows = await readyForBlows(lading, WORKERS);
    await lading.query(SMALL_CHUNKS);
  });
  after(async () => {
    await blows.settle();
    const { path } = lading.home;
    await lading.stop();
    assert.deepEqual(processesIn(path), []);
  });

  async function send(slug: string, file: string, fields: Readonly<Record<string, string>> = {}): Promise<Run> {
    const client = await logIn(lading.current().baseUrl);
    const form = new FormData();
    form.set('file', new Blob([file]), 'people.csv');
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const response = await fetch(`${client.baseUrl}/api/v1/ingest/upload/${slug}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}` },
      body: form,
    });
    const answer: unknown = await response.json();
    assert.equal(response.status, 202, JSON.stringify(answer));
    const { data } = run.parse(answer);
    return { number: data.id, jobId: data.job_id };
  }

  /** The failed rows of a run as they are downloaded; null when it has none left. */
  async function failedRows({ number }: Run): Promise<string | null> {
    const client = await logIn(lading.current().baseUrl);
    const response = await fetch(`${client.baseUrl}/api/v1/ingest/${number}/failed-rows/download`, {
      headers: { authorization: `Bearer ${client.token}` },
    });
    if (response.status === 404) return null;
    assert.equal(response.status, 200);
    return response.text();
  }

  /** An importer, a run of it in which rows fail, and these rows with names: all but every so many of them. */
  async function failing(slug: string): Promise<{ first: Run; mended: string }> {
    const fields = ['id', 'name', 'email'].map((name) => ({ name, type: 'string', required: name === 'name' }));
    const client = await logIn(lading.current().baseUrl);
    await client.post('/api/v1/importers', { name: slug, slug, key: ['id'], schema: { fields } }, z.unknown());
    const first = await send(slug, FILE);
    const job = await ended(first.jobId);
    assert.deepEqual(
      { status: job.status, ...countersOf(job) },
      { status: 'completed', created: ROWS - FAILED, updated: 0, skipped: 0, failed: FAILED },
    );
    const failed = await failedRows(first);
    assert.ok(failed !== null);
    const lines = failed.trim().split('\r\n');
    assert.equal(lines.length, FAILED + 1);
    const mended = lines.map((line) => {
      const id = Number.parseInt(line, 10);
      return Number.isNaN(id) || id % LEFT_EACH === 0 ? line : line.replace(',', `,Mended ${id}`);
    });
    return { first, mended: `${mended.join('\n')}\n` };
  }

  async function ended(jobId: string): Promise<Job> {
    const isOver = 'select from import_jobs where id = $1 and completed_at is not null';
    await eventually('the job ends', async () => (await lading.query(isOver, [jobId])).length > 0, 300_000);
    const client = await logIn(lading.current().baseUrl);
    return client.get(`/api/import/jobs/${jobId}`, jobAnswer);
  }

  /** Every row of the first file is in the target once, under its number, but for those that nobody mended. */
  async function assertMended(slug: string, first: Run, attempts: readonly string[]): Promise<void> {
    const [importer] = await lading.query<{ table: string }>(
      `select 'target.importer_' || "number" as "table" from import_importers where slug = $1`,
      [slug],
    );
    const [target] = await lading.query(
      `select count(*)::int as rows, count(distinct f1)::int as ids,
         count(*) filter (where f2 = case when f1::int % ${BROKEN_EACH} = 0 then 'Mended ' else 'Name ' end || f1)::int
           as named
       from ${importer?.table}`,
    );
    const there = ROWS - LEFT;
    assert.deepEqual({ ...target }, { rows: there, ids: there, named: there });
    // Among all attempts, a mended row has come in once, under its number in the first file.
    const [ledger] = await lading.query(
      `select count(*) filter (where action = 'created')::int as created,
         count(distinct row_number) filter (where action = 'created')::int as numbers,
         count(*) filter (where action = 'created' and (row_number % ${BROKEN_EACH} <> 0 or row_number % ${LEFT_EACH} = 0
           or t.f1 is distinct from row_number::text))::int as of_another_row,
         count(distinct row_number) filter (where action = 'failed')::int as failed,
         count(*) filter (where row_number not between 1 and ${ROWS})::int as beyond
       from import_records r left join ${importer?.table} t on t.id = r.target_id
       where job_number in (select number from import_jobs where id = any($1::uuid[]))`,
      [attempts],
    );
    const came = FAILED - LEFT;
    assert.deepEqual({ ...ledger }, { created: came, numbers: came, of_another_row: 0, failed: LEFT, beyond: 0 });
    const left = (await failedRows(first))?.trim().split('\r\n').slice(1);
    assert.deepEqual(
      left?.map((line) => Number(line.slice(line.lastIndexOf(',') + 1))),
      Array.from({ length: LEFT }, (_, index) => (index + 1) * LEFT_EACH),
    );
  }

  for (const seed of [1, 2]) {
    test(`survive killed workers, pauses and a restart of everything, each row once, seed ${seed}`, async (t) => {
      const slug = `struck-${seed}`;
      const { first, mended } = await failing(slug);
      const second = await send(slug, mended, { retry_of: String(first.number) });
      const struck: Blow[] = ['worker', 'worker', 'pause', 'worker', 'everything', 'postgres', 'temporal', 'worker'];
      const storm = { seed, rows: FAILED, workers: WORKERS, blows: struck, patienceMs: 0 };
      t.diagnostic((await strikeAll(blows, second.jobId, storm)).join(', '));
      const job = await ended(second.jobId);
      assert.deepEqual(
        { status: job.status, errors: job.errors, unprocessed: job.records_unprocessed, ...countersOf(job) },
        {
          status: 'completed',
          errors: null,
          unprocessed: 0,
          created: FAILED - LEFT,
          updated: 0,
          skipped: 0,
          failed: LEFT,
        },
      );
      await assertMended(slug, first, [second.jobId]);
    });
  }

  test('are the failed rows of the first run still where their file was cancelled, and come in with the next', async (t) => {
    const { first, mended } = await failing('cancelled');
    const second = await send('cancelled', mended, { retry_of: String(first.number) });
    assert.ok((await blows.committed(second.jobId, FAILED / 3)) !== null);
    const client = await logIn(lading.current().baseUrl);
    await client.post(`/api/v1/ingest/${second.number}/cancel`, {}, z.unknown());
    const cancelled = await ended(second.jobId);
    assert.equal(cancelled.status, 'cancelled');
    const came = countersOf(cancelled).created;
    assert.ok(came > 0 && came < FAILED - LEFT, `${came} rows have come in`);
    const left = (await failedRows(first))?.trim().split('\r\n') ?? [];
    assert.equal(left.length - 1, FAILED - came);

    // What has come in is left alone, the others come in, killed workers or not.
    const third = await send('cancelled', mended, { retry_of: String(first.number) });
    const storm = { seed: 3, rows: FAILED, workers: WORKERS, blows: ['worker', 'worker'], patienceMs: 0 } as const;
    t.diagnostic((await strikeAll(blows, third.jobId, storm)).join(', '));
    const job = await ended(third.jobId);
    assert.deepEqual(
      { status: job.status, ...countersOf(job) },
      { status: 'completed', created: FAILED - LEFT - came, updated: 0, skipped: came, failed: LEFT },
    );
    await assertMended('cancelled', first, [second.jobId, third.jobId]);
  });

  test('are brought in by a retry of the first run from the file that was cancelled', async () => {
    const { first, mended } = await failing('retried');
    const second = await send('retried', mended, { retry_of: String(first.number) });
    assert.ok((await blows.committed(second.jobId, FAILED / 2)) !== null);
    const client = await logIn(lading.current().baseUrl);
    await client.post(`/api/v1/ingest/${second.number}/cancel`, {}, z.unknown());
    assert.equal((await ended(second.jobId)).status, 'cancelled');
    const { job: retry } = await client.post(`/api/import/jobs/${first.jobId}/retry`, {}, startedJobAnswer);
    assert.ok((await blows.committed(retry.id, 500)) !== null);
    await blows.strike('everything', retry.id, randomOf(4, 2, 0));
    assert.equal((await ended(retry.id)).status, 'completed');
    await assertMended('retried', first, [second.jobId, retry.id]);
  });
});
