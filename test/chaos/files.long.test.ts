import assert from 'node:assert/strict';
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { jobAnswer, startedJobAnswer } from '../../src/demo/job-answers.ts';
import { watchJob } from '../../src/demo/watch-job.ts';
import { processesIn, readyForBlows } from '../support/chaos.ts';
import type { Blow, Blows } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { countersOf, logIn, openLading } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';
import { strikeAll } from './storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

const ROWS = 300_000;
/** Every so many rows one has no name, which it must have. */
const BROKEN_EACH = 997;
const MANY_ROWS = 400_000;
const WORKERS = 2;

const run = z.object({ data: z.object({ id: z.number(), job_id: z.string() }) });

const fieldsOf = (id: number): string =>
  `${id},${id % BROKEN_EACH === 0 ? '' : `Name ${id}`},mail${id}@example.com,"${'Long Street, with a comma '.repeat(6)}${id}"\n`;

/** A file of rows that are known by their numbers; of more than 50 MB, so that it is read in several ranges. */
async function writeFile(path: string, rows: number): Promise<void> {
  function* lines(): Generator<string, void, undefined> {
    yield 'id,name,email,street\n';
    for (let from = 1; from <= rows; from += 1_000) {
      yield Array.from({ length: Math.min(1_000, rows - from + 1) }, (_, index) => fieldsOf(from + index)).join('');
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

describe('a file of 300,000 rows', { skip, timeout: 1_800_000 }, () => {
  let folder: string;
  let lading: LadingProcess;
  let blows: Blows;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lading-chaos-files-'));
    await writeFile(join(folder, 'rows.csv'), ROWS);
    await writeFile(join(folder, 'many.csv'), MANY_ROWS);
    // A worker reads one range at a time, so two that are read at once are read by two workers.
    lading = await openLading({ LADING_WORKERS: String(WORKERS), LADING_WORKER_PARTITIONS: '1' });
    blows = await readyForBlows(lading, WORKERS);
  });
  after(async () => {
    await blows.settle();
    const { path } = lading.home;
    await lading.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(processesIn(path), []);
  });

  /** An importer of its own, and a run of it. */
  async function upload(slug: string, file: string): Promise<{ run: number; jobId: string }> {
    const client = await logIn(lading.current().baseUrl);
    const fields = ['id', 'name', 'email', 'street'].map((name) => ({
      name,
      type: name === 'email' ? 'email' : 'string',
      required: name === 'name',
    }));
    await client.post('/api/v1/importers', { name: slug, slug, key: ['id'], schema: { fields } }, z.unknown());
    const form = new FormData();
    form.set('file', await openAsBlob(join(folder, file)), file);
    const response = await fetch(`${client.baseUrl}/api/v1/ingest/upload/${slug}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}` },
      body: form,
    });
    assert.equal(response.status, 202);
    const { data } = run.parse(await response.json());
    return { run: data.id, jobId: data.job_id };
  }

  const tableOf = async (slug: string): Promise<string> => {
    const [row] = await lading.query<{ name: string }>(
      `select 'target.importer_' || "number" as "name" from import_importers where slug = $1`,
      [slug],
    );
    return row?.name ?? '';
  };

  /** Each row of the file has one record under its number, and each that could be taken is in the target, once. */
  async function assertRowsOnce(slug: string, jobIds: readonly string[], rows: number): Promise<void> {
    const table = await tableOf(slug);
    const broken = Math.floor(rows / BROKEN_EACH);
    const [target] = await lading.query(`select count(*)::int as rows, count(distinct f1)::int as ids from ${table}`);
    assert.deepEqual({ ...target }, { rows: rows - broken, ids: rows - broken });
    const [ledger] = await lading.query(
      `with r as (select distinct on (row_number) * from import_records
         where job_number in (select number from import_jobs where id = any($1::uuid[]))
         order by row_number, attempt desc)
       select count(*)::int as rows, min(row_number)::int as first, max(row_number)::int as last,
         count(*) filter (where action = 'failed')::int as failed,
         count(*) filter (where (action = 'failed') <> (row_number % ${BROKEN_EACH} = 0))::int as wrongly_failed,
         count(*) filter (where r.source_identifier <> row_number::text)::int as wrongly_numbered,
         count(*) filter (where action = 'created' and t.f1 is distinct from row_number::text)::int as of_another_row
       from r left join ${table} t on t.id = r.target_id`,
      [jobIds],
    );
    assert.deepEqual(
      { ...ledger },
      { rows, first: 1, last: rows, failed: broken, wrongly_failed: 0, wrongly_numbered: 0, of_another_row: 0 },
    );
  }

  async function ended(jobId: string): Promise<void> {
    await eventually(
      'the job ends',
      async () =>
        (await lading.query('select from import_jobs where id = $1 and completed_at is not null', [jobId])).length > 0,
      600_000,
    );
  }

  test('survives killed workers, pauses and a restart of everything: rows exactly once, row numbers right', async (t) => {
    const { jobId } = await upload('struck', 'rows.csv');
    const several = (blow: Blow, count: number): Blow[] => Array.from({ length: count }, () => blow);
    const struck = [...several('worker', 5), ...several('pause', 2), 'everything', 'postgres'] as const;
    t.diagnostic(
      (await strikeAll(blows, jobId, { seed: 5, rows: ROWS, workers: WORKERS, blows: struck, patienceMs: 0 })).join(
        ', ',
      ),
    );
    await ended(jobId);
    const client = await logIn(lading.current().baseUrl);
    const job = await client.get(`/api/import/jobs/${jobId}`, jobAnswer);
    const failed = Math.floor(ROWS / BROKEN_EACH);
    assert.deepEqual(
      { status: job.status, errors: job.errors, unprocessed: job.records_unprocessed, ...countersOf(job) },
      { status: 'completed', errors: null, unprocessed: 0, created: ROWS - failed, updated: 0, skipped: 0, failed },
    );
    await assertRowsOnce('struck', [jobId], ROWS);
  });

  test('is read in several ranges by two workers side by side', async () => {
    const { jobId } = await upload('side-by-side', 'rows.csv');
    assert.ok((await blows.committed(jobId, 1)) !== null);
    await eventually('two ranges are under way at once', async () => {
      const [row] = await lading.query<{ under_way: number }>(
        `select count(*) filter (where rows_done > 0 and not finished)::int as under_way
         from import_partitions where job_id = $1`,
        [jobId],
      );
      return (row?.under_way ?? 0) > 1;
    });
    await ended(jobId);
    await assertRowsOnce('side-by-side', [jobId], ROWS);
  });

  test('that was cancelled is brought in by a retry from there on, each row once', async () => {
    const { run: number, jobId } = await upload('cancelled', 'rows.csv');
    assert.ok((await blows.committed(jobId, ROWS / 3)) !== null);
    const client = await logIn(lading.current().baseUrl);
    await client.post(`/api/v1/ingest/${number}/cancel`, {}, z.unknown());
    await ended(jobId);
    const cancelled = await client.get(`/api/import/jobs/${jobId}`, jobAnswer);
    assert.equal(cancelled.status, 'cancelled');
    assert.ok((cancelled.records_unprocessed ?? 0) > 0);
    const { job } = await client.post(`/api/import/jobs/${jobId}/retry`, {}, startedJobAnswer);
    const retried = await watchJob(client, job.id, () => undefined);
    assert.equal(retried.status, 'completed');
    await assertRowsOnce('cancelled', [jobId, job.id], ROWS);
  });

  test('of 400,000 rows writes nothing two seconds after it was cancelled', async () => {
    const { run: number, jobId } = await upload('stopped', 'many.csv');
    assert.ok((await blows.committed(jobId, 20_000)) !== null);
    const client = await logIn(lading.current().baseUrl);
    await client.post(`/api/v1/ingest/${number}/cancel`, {}, z.unknown());
    await delay(2_000);
    const table = await tableOf('stopped');
    const written = async (): Promise<unknown> =>
      lading.query(
        `select (select count(*) from ${table})::int as rows,
           (select count(*) from import_records r join import_jobs j on j.number = r.job_number where j.id = $1)::int as records,
           (select sum(rows_done) from import_partitions where job_id = $1)::int as done,
           (select pg_current_xact_id_if_assigned() is null) as nothing`,
        [jobId],
      );
    const then = await written();
    await delay(4_000);
    assert.deepEqual(await written(), then);
    const job = await client.get(`/api/import/jobs/${jobId}`, jobAnswer);
    const [row] = await lading.query<{ rows: number }>(`select count(*)::int as rows from ${table}`);
    assert.deepEqual([job.status, job.records_imported], ['cancelled', row?.rows]);
  });
});
