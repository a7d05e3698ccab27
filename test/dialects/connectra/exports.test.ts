import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { sweepDirectoryFiles } from '../../../src/engine/directory-jobs/sweep-files.ts';
import type pg from 'pg';
import { insertRows } from '../../support/directory.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { createJob, importFile, listedJob, reachedJob } from './jobs-stage.ts';

let stage: UniversalApp;
let caller: Caller;

const ACME = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
const HOSTILE = "=cmd|'/c calc'!A1";

before(async () => {
  stage = await startUniversal({ worker: true });
  caller = await stage.join();
  const pool = await stage.app.orm.em.getConnection().getNativeClient();
  const client = await pool.connect();
  const tenant = caller.user.tenantId;
  await insertRows(
    client as unknown as pg.Client,
    'company',
    [
      {
        uuid: ACME,
        name: 'Acme, "Inc"',
        industries: ['Technology', 'Software'],
        employees_count: 500,
        country: 'united states',
      },
    ],
    tenant,
  );
  await insertRows(
    client as unknown as pg.Client,
    'contact',
    [
      { first_name: 'Zoë', last_name: 'Abel', email: 'zoe@acme.com', country: 'united states', company_id: ACME },
      {
        first_name: HOSTILE,
        last_name: 'Babel',
        email: '+x@acme.com',
        country: 'united states',
        departments: ['A', 'B'],
      },
      { first_name: 'Li\nne', last_name: 'Cabel', email: null, country: 'france' },
    ].map((row, at) => ({ uuid: `00000000-0000-4000-8000-00000000000${at}`, ...row })),
    tenant,
  );
  client.release();
});

after(() => stage.close());

async function create(body: unknown, by = caller): Promise<{ status: number; body: Json }> {
  return by.askAt('POST', '/common/jobs/create', body);
}

async function exported(service: string, vql: unknown): Promise<{ job: Json; text: string }> {
  const { status, body } = await create({ job_type: 'export_csv_file', job_data: { s3_bucket: 'any', service, vql } });
  assert.equal(status, 201, JSON.stringify(body));
  const done = (await reachedJob(caller, said(body['data']?.['uuid']))).job;
  assert.equal(done['status'], 'completed', JSON.stringify(done));
  const answer = await fetch(said(done['job_response']?.['download_url']));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
  return { job: done, text: await answer.text() };
}

test('the export of the document is made as printed, and its file is downloaded without a login', async () => {
  const created = await create({
    job_type: 'export_csv_file',
    job_data: {
      s3_bucket: 'your-bucket',
      service: 'contact',
      vql: {
        where: { keyword_match: { must: { country: ['united states'] } } },
        select_columns: ['first_name', 'last_name', 'email'],
        limit: 1000,
      },
    },
    retry_count: 2,
  });
  assert.equal(created.status, 201);
  const { data, ...printed } = created.body;
  assert.deepEqual(printed, { success: true, message: 'Job created successfully' });
  assert.deepEqual(Object.keys(data ?? {}).toSorted(), ['id', 'status', 'uuid']);
  assert.ok(['open', 'in_queue', 'processing', 'completed'].includes(said(data?.['status'])));
  const done = (await reachedJob(caller, said(data?.['uuid']))).job;
  assert.deepEqual(
    [
      done['id'],
      done['job_type'],
      done['status'],
      done['job_response']?.['messages'],
      done['job_response']?.['records'],
    ],
    [data?.['id'], 'export_csv_file', 'completed', 'Successfully exported 2 records', 2],
  );
  assert.match(said(done['created_at']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
  const answer = await fetch(said(done['job_response']?.['download_url']));
  assert.equal(
    await answer.text(),
    `first_name,last_name,email\r\nZoë,Abel,zoe@acme.com\r\n'${HOSTILE},Babel,'+x@acme.com\r\n`,
  );
});

test('values that would break a line or run in a spreadsheet do neither', async () => {
  const { text } = await exported('contact', { select_columns: ['uuid', 'first_name', 'departments'] });
  assert.equal(
    text,
    [
      'uuid,first_name,departments',
      '00000000-0000-4000-8000-000000000000,Zoë,',
      `00000000-0000-4000-8000-000000000001,'${HOSTILE},"A, B"`,
      '00000000-0000-4000-8000-000000000002,"Li\nne",',
      '',
    ].join('\r\n'),
  );
});

test('order, limit, page and the company of a contact are those of the query', async () => {
  const { text, job: done } = await exported('contact', {
    select_columns: ['last_name'],
    company_config: { populate: true, select_columns: ['uuid', 'name', 'industries', 'employees_count'] },
    order_by: [{ order_by: 'last_name', order_direction: 'desc' }],
    page: 2,
    limit: 2,
  });
  assert.equal(
    text,
    `last_name,company_uuid,company_name,company_industries,company_employees_count\r\nAbel,${ACME},"Acme, ""Inc""","Technology, Software",500\r\n`,
  );
  assert.equal(done['job_response']?.['messages'], 'Successfully exported 1 record');
});

test('an export without rows is a file with a header', async () => {
  const { text, job: done } = await exported('company', {
    select_columns: ['name'],
    where: { keyword_match: { must: { country: ['nowhere'] } } },
  });
  assert.equal(text, 'name\r\n');
  assert.equal(done['job_response']?.['messages'], 'Successfully exported 0 records');
});

test('the same job is seen through the universal endpoints, and another tenant sees nothing of it', async () => {
  const { job: done } = await exported('company', { select_columns: ['name'] });
  const { body } = await caller.ask('GET', `/jobs/${said(done['job_id'])}`);
  assert.deepEqual(
    [body['kind'], body['status'], body['records_processed'], body['records_imported'], body['estimated_total']],
    ['export', 'completed', 1, 0, 1],
  );
  assert.equal((await caller.ask('POST', `/jobs/${said(done['job_id'])}/retry`)).status, 400);
  const [stranger] = await stage.app.orm.em
    .fork()
    .execute<{ id: string }[]>(
      `insert into "tenants" ("id", "name") values (gen_random_uuid(), 'Other') returning "id"`,
    );
  const other = await stage.join({ tenantId: String(stranger?.id) });
  assert.equal(await listedJob(other, said(done['uuid'])), undefined);
  assert.equal((await other.ask('GET', `/jobs/${said(done['job_id'])}`)).status, 404);
  const { s3_key } = done['job_response'] ?? {};
  const stolen = await createJob(other, { job_type: 'insert_csv_file', job_data: { s3_key } });
  const { job: refused } = await reachedJob(other, stolen);
  assert.match(said(refused['job_response']?.['messages']), /^There is no file/u);
  const url = new URL(said(done['job_response']?.['download_url']));
  url.searchParams.set('expires', '99999999999');
  assert.equal((await fetch(url)).status, 403);
  assert.equal((await fetch(new URL(url.pathname, url))).status, 403);
});

test('what is wrong with a job that is asked for is told by name', async () => {
  const data = { service: 'contact', vql: {} };
  for (const [given, said_] of [
    [{}, 'ERR_MISSING_JOB_TYPE'],
    [{ job_type: '' }, 'ERR_MISSING_JOB_TYPE'],
    [{ job_type: 'drop_table', job_data: data }, 'ERR_UNKNOWN_JOB_TYPE'],
    [{ job_type: 5, job_data: data }, 'ERR_UNKNOWN_JOB_TYPE'],
    [{ job_type: 'export_csv_file' }, 'ERR_MISSING_JOB_DATA'],
    [{ job_type: 'export_csv_file', job_data: { vql: {} } }, 'ERR_MISSING_JOB_DATA'],
    [{ job_type: 'export_csv_file', job_data: { service: 'contacts', vql: {} } }, 'ERR_UNKNOWN_SERVICE'],
    [
      { job_type: 'export_csv_file', job_data: { service: 'contact', vql: { select_columns: ['x'] } } },
      'ERR_UNKNOWN_COLUMN',
    ],
    [
      { job_type: 'export_csv_file', job_data: { service: 'contact', vql: { where: { x: 1 } } } },
      'ERR_UNKNOWN_FILTER_KEY',
    ],
    [{ job_type: 'export_csv_file', job_data: { service: 'contact', vql: { cursor: ['x'] } } }, 'ERR_BAD_CURSOR'],
    [{ job_type: 'export_csv_file', job_data: { service: 'contact', vql: 5 } }, 'ERR_INVALID_QUERY'],
    [{ job_type: 'export_csv_file', job_data: data, retry_count: -1 }, 'ERR_INVALID_RETRY_COUNT'],
    [{ job_type: 'export_csv_file', job_data: data, retry_count: 'x' }, 'ERR_INVALID_RETRY_COUNT'],
    ['{"job_type":', 'ERR_BAD_REQUEST'],
  ] as const) {
    const { status, body } = await create(given);
    assert.equal(status, 400, JSON.stringify(given));
    assert.equal(body['success'], false);
    assert.ok(said(body['error']).startsWith(`${said_}: `), `${JSON.stringify(given)}: ${said(body['error'])}`);
  }
  for (const [given, said_] of [
    [{ job_type: 'x' }, 'ERR_UNKNOWN_JOB_TYPE'],
    [{ status: ['done'] }, 'ERR_UNKNOWN_STATUS'],
    [{ limit: 101 }, 'ERR_PAGE_SIZE_EXCEEDED'],
    [{ limit: 'x' }, 'ERR_VALIDATION'],
  ] as const) {
    const { status, body } = await caller.askAt('POST', '/common/jobs', given);
    assert.equal(status, 400, JSON.stringify(given));
    assert.ok(said(body['error']).startsWith(`${said_}: `), said(body['error']));
  }
  const agent = await stage.join({ role: 'agent' });
  assert.equal((await create({ job_type: 'export_csv_file', job_data: data }, agent)).status, 403);
});

test('jobs are listed newest first, by type, status and limit', async () => {
  const list = async (body: object): Promise<readonly Json[]> => {
    const { status, body: answered } = await caller.askAt('POST', '/common/jobs', body);
    assert.equal(status, 200, JSON.stringify(answered));
    return listed(answered['data']);
  };
  const all = await list({ job_type: 'export_csv_file', status: ['completed'] });
  const numbers = all.map((one) => Number(one['id']));
  assert.ok(numbers.length >= 3);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => b - a),
  );
  assert.equal((await list({ limit: 2 })).length, 2);
  assert.deepEqual(await list({ job_type: 'insert_csv_file' }), []);
  assert.deepEqual(
    await list({ status: ['open', 'in_queue', 'processing', 'failed', 'retry_in_queued', 'retrying'] }),
    [],
  );
  const second = await list({ status: 'completed', limit: 1, page: 2 });
  assert.deepEqual(
    second.map((one) => one['uuid']),
    all.slice(1, 2).map((one) => one['uuid']),
  );
});

test('files that a process left when it died are swept once their jobs have ended, and no others', async () => {
  const { job: done } = await exported('company', { select_columns: ['name'] });
  const { storage } = stage.files;
  const kept = said(done['job_response']?.['s3_key']);
  const strays = [`exports/${said(done['uuid'])}/99.csv`, `exports/${ACME}/1.csv`];
  for (const key of strays) await storage.put(key, Readable.from([Buffer.from('x')]));
  const { body } = await caller.askAt('GET', '/common/upload-url?filename=old.csv');
  const upload = said(body['s3_key']);
  await fetch(said(body['upload_url']), { method: 'PUT', body: 'x' });
  const left = async (): Promise<string[]> => {
    const keys: string[] = [];
    for (const key of [kept, ...strays, upload]) {
      await storage.size(key).then(
        () => keys.push(key),
        () => undefined,
      );
    }
    return keys;
  };
  const deps = { orm: stage.app.orm, files: stage.files };
  assert.equal(await sweepDirectoryFiles(deps), 0);
  assert.equal(await sweepDirectoryFiles(deps, Date.now() + 3_600_000), 2);
  assert.deepEqual(await left(), [kept, upload]);
  assert.equal(await sweepDirectoryFiles(deps, Date.now() + 9 * 24 * 3_600_000), 1);
  assert.deepEqual(await left(), [kept]);
});

test('an export that is imported again changes nothing, whatever its values begin with', async () => {
  const rows = ['=1+1', '+49 30', '-1', '--', '@x', "'=1", "''x", "'; --", 'a,b', 'a"b', "'"].map((value, at) => ({
    first_name: value,
    last_name: `Dabel ${at}`,
    email: value,
    departments: [value.replaceAll(',', ';'), '-1', 'B'],
  }));
  const stored = await caller.askAt('POST', '/contacts/batch-upsert', rows);
  assert.equal(stored.status, 200, JSON.stringify(stored.body));
  const vql = {
    where: {
      text_matches: { must: [{ text_value: 'Dabel', filter_key: 'last_name', search_type: 'match' as const }] },
    },
  };
  const before = await caller.askAt('POST', '/contacts/', vql);
  assert.equal(listed(before.body['data']).length, rows.length);
  const populated = { ...vql, company_config: { populate: true, select_columns: ['uuid', 'name', 'website'] } };
  const names = { ...vql, select_columns: ['first_name', 'last_name', 'departments'] };
  const uploaded = await exported('contact', populated);
  const kept = await exported('contact', names);
  const { s3_key } = kept.job['job_response'] ?? {};
  const byKey = await createJob(caller, { job_type: 'insert_csv_file', job_data: { s3_key } });
  for (const imported of [await importFile(caller, uploaded.text), (await reachedJob(caller, byKey)).job]) {
    assert.equal(imported['job_response']?.['messages'], `Successfully imported ${rows.length} records`);
    const { body: whole } = await caller.ask('GET', `/jobs/${said(imported['job_id'])}`);
    assert.deepEqual([whole['records_imported'], whole['records_failed']], [0, 0]);
  }
  assert.deepEqual(await caller.askAt('POST', '/contacts/', vql), before);
});
