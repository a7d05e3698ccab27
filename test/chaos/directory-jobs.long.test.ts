import assert from 'node:assert/strict';
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { ApiError } from '../../src/demo/api-client.ts';
import { eventually } from '../support/lading.ts';
import { openLading } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';

const PATIENCE_MS = 300_000;

let lading: LadingProcess;
before(async () => {
  lading = await openLading();
});
after(() => lading.stop());

const created = z.object({ data: z.object({ uuid: z.string() }) });
const jobs = z.object({
  data: z.array(
    z.object({
      uuid: z.string(),
      status: z.string(),
      job_response: z.object({
        messages: z.string(),
        download_url: z.string().optional(),
        s3_key: z.string().optional(),
        records: z.number().optional(),
      }),
    }),
  ),
});
type Job = z.infer<typeof jobs>['data'][number];

async function create(body: object): Promise<string> {
  return (await lading.client.post('/common/jobs/create', body, created)).data.uuid;
}

async function job(uuid: string): Promise<Job> {
  const { data } = await lading.client.post('/common/jobs', { limit: 100 }, jobs);
  const found = data.find((one) => one.uuid === uuid);
  assert.ok(found);
  return found;
}

async function completed(uuid: string): Promise<Job> {
  await eventually(
    'the end of the job',
    async () => ['completed', 'failed'].includes((await job(uuid)).status),
    PATIENCE_MS,
  );
  return job(uuid);
}

/** Resolves once the job has rows, or has ended. */
async function underWay(uuid: string): Promise<void> {
  await eventually(
    'rows of the job',
    async () => {
      const [row] = await lading.query<{ done: string; status: string }>(
        `select "status", (select coalesce(sum("rows_done"), 0) from "import_partitions" where "job_id" = "j"."id") as "done"
         from "import_jobs" as "j" where "id" = $1`,
        [uuid],
      );
      return Number(row?.done) > 0 || row?.status !== 'running';
    },
    PATIENCE_MS,
  );
}

const BLOWS: readonly (readonly string[])[] = [
  ['worker'],
  ['postgres'],
  ['temporal'],
  ['api'],
  ['supervisor', 'worker', 'api', 'temporal', 'postgres'],
];

async function strike(names: readonly string[]): Promise<void> {
  const pids = await Promise.all(names.map((name) => lading.home.pid(name)));
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is just being started again.
    }
  }
  if (names.includes('supervisor')) await lading.startAgain();
  await eventually(
    'all of it is ready',
    async () => {
      await lading.client.get('/health/ready', z.object({ status: z.literal('ready') })).catch((error: unknown) => {
        if (error instanceof ApiError) throw error;
        throw new Error('not reached', { cause: error });
      });
      return true;
    },
    PATIENCE_MS,
  );
}

function filesBelow(folder: string): string[] {
  const path = join(lading.home.path, 'files', folder);
  return existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.csv'))
    : [];
}

test(
  'an export whose processes are killed is whole in the end, and leaves one file',
  { timeout: PATIENCE_MS * 6 },
  async () => {
    const [tenant] = await lading.query<{ id: string }>('select "tenant_id" as "id" from "users" limit 1');
    const ROWS = 60_000;
    await lading.query(
      `insert into "target"."companies" ("id", "tenant_id", "name", "address")
     select gen_random_uuid(), $1::uuid, 'Company ' || n, repeat('x', 8000) from generate_series(1, ${ROWS}) as n`,
      [tenant?.id],
    );
    // Slows progress down, so that blows fall into it.
    await lading.query(`
    create function chaos_pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return new; end $$`);
    await lading.query(`
    create trigger chaos_pause before update on import_partitions for each row
    when (new.rows_done > old.rows_done) execute function chaos_pause()`);
    const uuid = await create({
      job_type: 'export_csv_file',
      job_data: { service: 'company', vql: { select_columns: ['name', 'address'] } },
    });
    for (const names of BLOWS) {
      await underWay(uuid);
      await strike(names);
    }
    const done = await completed(uuid);
    assert.equal(done.status, 'completed', JSON.stringify(done));
    assert.equal(done.job_response.records, ROWS);
    const answer = await fetch(done.job_response.download_url ?? '');
    let lines = 0;
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 0x0a) lines++;
    }
    assert.equal(lines, ROWS + 1);
    assert.equal(bytes, Number(answer.headers.get('content-length')));
    assert.equal(filesBelow('exports').length, 1);
    await eventually(
      'what killed processes left is swept',
      async () =>
        Promise.resolve(
          filesBelow('.incoming').length === 0 &&
            readdirSync(join(lading.home.path, 'files', '.incoming')).length === 0,
        ),
      PATIENCE_MS,
    );
    await lading.query(`drop trigger chaos_pause on import_partitions`);
  },
);

test('an import whose processes are killed takes each row once', { timeout: PATIENCE_MS * 6 }, async () => {
  const ROWS = 60_000;
  const rows = Array.from({ length: ROWS }, (_, at) => `Firm ${Math.floor(at / 7)},First${at},Last${at}`);
  const { upload_url, s3_key } = await lading.client.get(
    '/common/upload-url?filename=contacts.csv',
    z.object({ upload_url: z.string(), s3_key: z.string() }),
  );
  const sent = await fetch(upload_url, { method: 'PUT', body: `company,first_name,last_name\n${rows.join('\n')}\n` });
  assert.equal(sent.status, 200);
  const uuid = await create({ job_type: 'insert_csv_file', job_data: { s3_key } });
  for (const names of BLOWS) {
    await underWay(uuid);
    await strike(names);
  }
  const done = await completed(uuid);
  assert.deepEqual([done.status, done.job_response.messages], ['completed', `Successfully imported ${ROWS} records`]);
  const [counted] = await lading.query<{ contacts: string; companies: string; linked: string }>(
    `select count(*) as "contacts", count(distinct "company_id") as "companies",
       (select count(*) from "target"."companies" where "name" like 'Firm %') as "linked"
     from "target"."contacts"`,
  );
  assert.deepEqual(counted, {
    contacts: String(ROWS),
    companies: String(Math.ceil(ROWS / 7)),
    linked: String(Math.ceil(ROWS / 7)),
  });
});
