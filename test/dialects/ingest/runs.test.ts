import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
let caller: Caller;

before(async () => {
  stage = await startUniversal({ worker: true });
  caller = await stage.join();
  const { status } = await caller.askV1('POST', '/importers', {
    name: 'User Importer',
    key: ['email'],
    schema: {
      fields: [
        { name: 'name', type: 'string', required: true, validations: [{ rule: 'min_length', value: 2 }] },
        { name: 'email', type: 'email', required: true },
      ],
    },
  });
  assert.equal(status, 201);
});

after(() => stage.close());

const CSV = 'name,email\nAda,ada@example.com\nB,b@example.com\nCy,\nDi,di@example.com\n';

function form(content: string, fields: Record<string, string> = {}): FormData {
  const sent = new FormData();
  sent.set('file', new Blob([content]), 'users.csv');
  for (const [name, value] of Object.entries(fields)) sent.set(name, value);
  return sent;
}

async function finished(run: Json): Promise<Json> {
  for (let tries = 0; tries < 600; tries++) {
    const { body } = await caller.askV1('GET', `/ingest/${said(run['id'])}`);
    const data = body['data'];
    if (data && !['pending', 'processing'].includes(said(data['status']))) return data;
    await delay(50);
  }
  throw new Error('the run never ended');
}

async function run(content: string, fields?: Record<string, string>): Promise<Json> {
  const { status, body } = await caller.askV1('POST', '/ingest/upload/user-importer', form(content, fields));
  assert.equal(status, 202, JSON.stringify(body));
  return finished(body['data'] as Json);
}

test('a dry run says what a run would do and leaves nothing', async () => {
  const dry = await run(CSV, { dry_run: '1' });
  assert.deepEqual(
    [dry['status'], dry['dry_run'], dry['progress']],
    ['completed_with_errors', true, { total: 4, processed: 4, successful: 2, failed: 2 }],
  );
  const { body } = await caller.ask('GET', '/targets/importer%3Auser-importer/records');
  assert.equal(body['meta']?.['total'], 0);
});

test('a run is started, shown with its rows, summed up and listed as the document prints it', async () => {
  const done = await run(CSV);
  const {
    id,
    job_id: jobId,
    user_id: userId,
    started_at: startedAt,
    completed_at: completedAt,
    columns,
    rows,
    ...rest
  } = done;
  assert.deepEqual(rest, {
    importer: 'user-importer',
    status: 'completed_with_errors',
    original_filename: 'users.csv',
    dry_run: false,
    retried_from: null,
    retry_of: null,
    progress: { total: 4, processed: 4, successful: 2, failed: 2 },
    summary: { created: 2, updated: 0, skipped: 0, failed: 2, error: null },
  });
  const { format, ...told } = columns ?? {};
  assert.deepEqual([format?.['encoding'], format?.['delimiter'], format?.['header_row']], ['utf-8', ',', 1]);
  assert.deepEqual(told, {
    matched: ['name', 'email'].map((name) => ({ column: name, field: name, by: 'name', score: 1, format: null })),
    unknown: [],
    missing: [],
    repeated: [],
  });
  assert.ok(Number.isInteger(id) && Number.isInteger(userId));
  assert.match(said(startedAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/u);
  assert.match(said(completedAt), /\.\d{6}Z$/u);
  assert.deepEqual(
    listed(rows).map((row) => [row['row_number'], row['status'], listed(row['errors']).length]),
    [
      [2, 'failed', 1],
      [3, 'failed', 1],
      [1, 'success', 0],
      [4, 'success', 0],
    ],
  );
  const { body: summary } = await caller.askV1('GET', `/ingest/${said(id)}/errors/summary`);
  assert.deepEqual(summary, {
    data: {
      total_failed_rows: 2,
      error_summary: [{ message: 'The given data was invalid.', count: 2 }],
      validation_summary: [
        { message: 'email: The email field is required.', count: 1 },
        { message: `name: ${said(listed(listed(rows)[0]?.['errors'])[0]?.['message'])}`, count: 1 },
      ],
    },
  });
  const { body: list } = await caller.askV1('GET', '/ingest?per_page=1');
  assert.deepEqual(listed(list['data'])[0]?.['job_id'], jobId);
  const { path, ...meta } = list['meta'] as unknown as Record<string, unknown>;
  assert.match(String(path), /\/api\/v1\/ingest$/u);
  assert.deepEqual(meta, { current_page: 1, from: 1, last_page: 2, per_page: 1, to: 1, total: 2 });
  const next = new URL(said(list['links']?.['next']));
  const { body: second } = await caller.askV1('GET', `/ingest${next.search}`);
  assert.deepEqual(
    [second['meta']?.['current_page'], second['meta']?.['per_page'], listed(second['data']).length],
    [2, 1, 1],
  );
  assert.equal(second['links']?.['next'], null);
});

test('header_row 0 says that a file has no header, and another number in which line it is', async () => {
  const schema = { fields: ['column_1', 'column_2', 'city'].map((name) => ({ name, type: 'string' })) };
  const { status } = await caller.askV1('POST', '/importers', { name: 'Lines', schema });
  assert.equal(status, 201);
  const send = async (content: string, header_row: string): Promise<Json> => {
    const { body } = await caller.askV1('POST', '/ingest/upload/lines', form(content, { header_row }));
    return finished(body['data'] as Json);
  };
  const [bare, titled, strange] = [
    await send('Ada,Oslo\nBob,Bergen\n', '0'),
    await send('Cities of Norway\n\ncity,land\nOslo,NO\n', '3'),
    await send('planet,moon\nMars,Phobos\n', '1'),
  ];
  assert.deepEqual(
    [bare, titled, strange].map((one) => [one['status'], one['progress']?.['successful']]),
    [
      ['completed', 2],
      ['completed', 1],
      ['failed', 0],
    ],
  );
  assert.match(said(strange['summary']?.['error']), /None of the file's columns is a field of the importer/u);
  const { body } = await caller.ask('GET', '/targets/importer%3Alines/records?filter[column_2]=Bergen');
  assert.deepEqual(
    listed(body['data']).map(({ column_1: first }) => first),
    ['Bob'],
  );
});

test('a retry has only the rows that failed, under their numbers; without failed rows there is none', async () => {
  const done = await run(CSV);
  const tried = await caller.askV1('POST', `/ingest/${said(done['id'])}/retry`, { dry_run: true });
  assert.equal(tried.status, 202, JSON.stringify(tried.body));
  const {
    status: tryStatus,
    dry_run: isTry,
    retried_from: triedFrom,
    progress,
  } = await finished(tried.body['data'] as Json);
  assert.deepEqual(
    [tryStatus, isTry, triedFrom, progress],
    ['completed_with_errors', true, done['job_id'], { total: 2, processed: 2, successful: 0, failed: 2 }],
  );
  // It was none: the rows are there for a retry as before.
  const { status, body } = await caller.askV1('POST', `/ingest/${said(done['id'])}/retry`);
  assert.equal(status, 202, JSON.stringify(body));
  const again = await finished(body['data'] as Json);
  assert.deepEqual(
    [again['retried_from'], listed(again['rows']).map((row) => row['row_number'])],
    [done['job_id'], [2, 3]],
  );
  const fine = await run('name,email\nEve,eve@example.com\n');
  assert.equal(fine['status'], 'completed');
  assert.equal((await caller.askV1('POST', `/ingest/${said(fine['id'])}/retry`)).status, 400);
});

test('a triggered run fetches its file first; what it cannot get is told', async () => {
  const server = createServer((_, response) => response.end(CSV));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source = { type: 'url', url: `http://127.0.0.1:${port}/daily/stock.csv` };
  const schema = {
    fields: [
      { name: 'name', type: 'string' },
      { name: 'email', type: 'email' },
    ],
  };
  const made = await caller.askV1('POST', '/importers', { name: 'Daily Stock Importer', schema, source });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { status, body } = await caller.askV1('POST', '/ingest/trigger/daily-stock-importer');
  assert.equal(status, 202, JSON.stringify(body));
  const done = await finished(body['data'] as Json);
  assert.deepEqual(
    [done['status'], done['original_filename'], done['progress']?.['total']],
    ['completed', 'stock.csv', 4],
  );
  server.close();
  server.closeAllConnections();
  await caller.askV1('PUT', '/importers/daily-stock-importer', {
    source: { ...source, url: 'http://169.254.169.254/x' },
  });
  const refused = await caller.askV1('POST', '/ingest/trigger/daily-stock-importer');
  const failed = await finished(refused.body['data'] as Json);
  assert.deepEqual([failed['status'], failed['summary']?.['error']?.['code']], ['failed', 'source_unreachable']);
  assert.equal((await caller.askV1('POST', '/ingest/trigger/user-importer')).status, 400);
});

test('the rows that failed are downloaded as they were, with why and their numbers, and run in no spreadsheet', async () => {
  const done = await run('email,name,note\nx,"=1+1, ""two""",-5\nada@example.com,Ada,\n,Cy,+49\n');
  const response = await fetch(`${stage.app.url}/api/v1/ingest/${said(done['id'])}/failed-rows/download`, {
    headers: { Authorization: `Bearer ${await stage.app.login(caller.user.email)}` },
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/csv/u);
  assert.match(response.headers.get('content-disposition') ?? '', /filename="failed-rows-\d+\.csv"/u);
  const lines = (await response.text()).split('\r\n');
  assert.equal(lines[0], 'email,name,note,_error_message,_row_number');
  assert.match(lines[1] ?? '', /^x,"'=1\+1, ""two""",-5,.*email.*,1$/u);
  assert.match(lines[2] ?? '', /^,Cy,'\+49,.*email.*,3$/u);
  assert.deepEqual(lines.slice(3), ['']);
  const fine = await run('name,email\nEve,eve@example.com\n');
  assert.equal((await caller.askV1('GET', `/ingest/${said(fine['id'])}/failed-rows/download`)).status, 404);
});

test('a run is cancelled; what nobody has is not found', async () => {
  const rows = Array.from({ length: 60_000 }, (_, at) => `Name ${at},n${at}@example.com`);
  const { body } = await caller.askV1('POST', '/ingest/upload/user-importer', form(`name,email\n${rows.join('\n')}\n`));
  const cancelled = await caller.askV1('POST', `/ingest/${said(body['data']?.['id'])}/cancel`);
  assert.deepEqual([cancelled.status, cancelled.body], [200, { message: 'Cancellation request sent.' }]);
  assert.equal((await finished(body['data'] as Json))['status'], 'cancelled');
  for (const path of ['/ingest/999999', '/ingest/x', '/ingest/0']) {
    assert.equal((await caller.askV1('GET', path)).status, 404, path);
  }
  assert.equal((await caller.askV1('POST', '/ingest/upload/nothing', form(CSV))).status, 404);
  const stranger = await stage.join();
  assert.equal((await stranger.askV1('GET', `/ingest/${said(body['data']?.['id'])}`)).status, 404);
});

test('failed rows that are mended and uploaded again close those of the first run', async () => {
  const first = await run(CSV);
  const url = `${stage.app.url}/api/v1/ingest/${said(first['id'])}/failed-rows/download`;
  const headers = { Authorization: `Bearer ${await stage.app.login(caller.user.email)}` };
  const failed = await (await fetch(url, { headers })).text();
  const second = await run(failed.replace('\r\nB,b@', '\r\nBea,b@').replace('\r\nCy,,', '\r\nCy,cy@example.com,'));
  assert.deepEqual(
    [second['status'], second['retry_of'], second['retried_from'], second['progress']],
    ['completed', first['id'], first['job_id'], { total: 2, processed: 2, successful: 2, failed: 0 }],
  );
  assert.deepEqual(
    listed(second['rows']).map((row) => row['row_number']),
    [2, 3],
  );
  const { body } = await caller.askV1('GET', `/ingest/${said(first['id'])}`);
  assert.deepEqual(
    listed(body['data']?.['rows']).map((row) => [row['row_number'], row['brought_in_by']]),
    [
      [2, second['id']],
      [3, second['id']],
      [1, null],
      [4, null],
    ],
  );
  assert.equal((await fetch(url, { headers })).status, 404);
  assert.equal((await caller.askV1('POST', `/ingest/${said(first['id'])}/retry`)).status, 400);
  const refused = await caller.askV1('POST', '/ingest/upload/user-importer', form(failed, { retry_of: '999999' }));
  assert.equal(refused.status, 404);
});
