import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/lading.ts';
import { said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { createJob, listedJob, reachedJob, upload } from './jobs-stage.ts';

let stage: UniversalApp;
let caller: Caller;

before(async () => {
  stage = await startUniversal({ worker: true });
  caller = await stage.join();
});

after(() => stage.close());

const ROWS = 12_000;

/** As many contacts, ten of each company. */
function file(): string {
  const lines = Array.from(
    { length: ROWS },
    (_, at) =>
      `Company ${Math.floor(at / 10)},https://linkedin.com/company/${Math.floor(at / 10)},First${at},Last${at},${at}`,
  );
  return `company,company_linkedin_url,first_name,last_name,mobile_phone\n${lines.join('\n')}\n`;
}

async function count(path: 'companies' | 'contacts'): Promise<number> {
  const { body } = await caller.askAt('POST', `/${path}/count`, {});
  return Number(body['count']);
}

async function control(id: string, verb: string): Promise<void> {
  const { status, body } = await caller.ask('POST', `/jobs/${id}/${verb}`);
  assert.equal(status, 200, JSON.stringify(body));
}

async function universal(id: string): Promise<Json> {
  return (await caller.ask('GET', `/jobs/${id}`)).body;
}

async function started(id: string, rows: number): Promise<void> {
  await eventually('rows', async () => Number((await universal(id))['records_processed']) >= rows, 60_000);
}

test('an import is paused, resumed, certified and undone through the universal endpoints, and the same job says so', async () => {
  const s3_key = await upload(caller, file());
  const id = await createJob(caller, { job_type: 'insert_csv_file', job_data: { s3_key } });
  await started(id, 1);
  await control(id, 'pause');
  assert.equal((await listedJob(caller, id))?.['status'], 'in_queue');
  const held = [await count('companies'), await count('contacts')];
  assert.ok(Number(held[0]) + Number(held[1]) > 0 && Number(held[1]) < ROWS, String(held));
  await control(id, 'resume');
  const { job } = await reachedJob(caller, id);
  assert.equal(job['job_response']?.['messages'], `Successfully imported ${ROWS} records`);
  assert.deepEqual([await count('companies'), await count('contacts')], [ROWS / 10, ROWS]);
  const { body } = await caller.ask('GET', `/jobs/${id}/certificate`);
  assert.equal(body['certificate']?.['balanced'], true, JSON.stringify(body));

  const undone = await caller.ask('POST', `/jobs/${id}/rollback`, {
    rollback_options: {},
    confirmation: { understood_consequences: true, backup_created: true },
  });
  assert.equal(undone.status, 201, JSON.stringify(undone.body));
  const rollback = said(undone.body['rollback_job']?.['id']);
  await eventually(
    'the rollback',
    async () => (await universal(rollback))['status'] === ('completed' as unknown),
    60_000,
  );
  assert.deepEqual([await count('companies'), await count('contacts')], [0, 0]);
});

test('of an import that is cancelled what is committed stays, and the dialect says that it failed', async () => {
  const s3_key = await upload(caller, file());
  const id = await createJob(caller, { job_type: 'insert_csv_file', job_data: { s3_key } });
  await started(id, 1);
  await control(id, 'cancel');
  const job = await listedJob(caller, id);
  assert.equal(job?.['status'], 'failed');
  assert.match(said(job?.['job_response']?.['messages']), /^The job was cancelled after \d+ records?$/u);
  const held = await count('contacts');
  assert.ok(held < ROWS);
  assert.equal((await universal(id))['status'], 'cancelled');
});

test('an export that is paused or cancelled leaves no file, and one that is resumed is whole', async () => {
  const [{ tenant }] = (await stage.app.orm.em
    .fork()
    .execute(`select "tenant_id" as "tenant" from "users" where "id" = ?`, [caller.user.id])) as [{ tenant: string }];
  await stage.app.orm.em.fork().execute(
    `insert into "target"."companies" ("id", "tenant_id", "name")
     select gen_random_uuid(), ?::uuid, 'Export ' || n || repeat('x', 200) from generate_series(1, 20000) as n`,
    [tenant],
  );
  const total = await count('companies');
  const ask = (): Promise<string> =>
    createJob(caller, {
      job_type: 'export_csv_file',
      job_data: { service: 'company', vql: { select_columns: ['name'] } },
    });
  const stored = async (id: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of stage.files.storage.list(`exports/${id}/`)) keys.push(key);
    return keys;
  };
  const cancelled = await ask();
  await control(cancelled, 'cancel');
  const paused = await ask();
  await control(paused, 'pause');
  assert.deepEqual([await stored(cancelled), await stored(paused)], [[], []]);
  await control(paused, 'resume');
  const { job } = await reachedJob(caller, paused);
  assert.equal(job['job_response']?.['messages'], `Successfully exported ${total} records`);
  assert.deepEqual(await stored(paused), [said(job['job_response']?.['s3_key'])]);
  const text = await (await fetch(said(job['job_response']?.['download_url']))).text();
  assert.equal(text.split('\r\n').length, total + 2);
  assert.deepEqual(await stored(cancelled), []);
});
