import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { listed, said } from '../universal/universal-app.ts';
import { form, startImports } from './import-stage.ts';
import type { ImportStage } from './import-stage.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImports();
});

after(() => stage.close());

/** What these rows become, in the order of their addresses. */
const BOTH = ['Doe, John john@example.com', 'José jose@example.com'];
const CSV = 'Name,Email\nJosé,jose@example.com\n"Doe, John",john@example.com\n';

test('a file is imported as the document prints it', async () => {
  const importerId = await stage.importer();
  const { status, body } = await stage.caller.askV1('POST', '/imports', form(importerId, CSV));
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(
    [body['importer_id'], body['status'], body['file_name'], body['row_count'], typeof body['created_at']],
    [importerId, 'pending', 'customers.csv', 2, 'string'],
  );
  const done = await stage.finished(said(body['id']));
  assert.deepEqual(
    [done['status'], done['row_count'], done['processed_rows'], done['error_count'], done['error']],
    ['completed', 2, 2, 0, null],
  );
  assert.deepEqual(await stage.rowsOf(importerId, 'name', 'email'), BOTH);
  const { body: list } = await stage.caller.askV1(
    'GET',
    `/imports?importer_id=${importerId}&status=completed&page=1&limit=5`,
  );
  assert.deepEqual([list['total'], listed(list['items'])[0]?.['id']], [1, done['id']]);
  const { body: job } = await stage.caller.ask('GET', `/jobs/${said(done['job_id'])}`);
  assert.deepEqual([job['status'], job['records_imported']], ['completed', 2]);
});

test('a list by status has imports of that status alone', async () => {
  const importerId = await stage.importer();
  const files = [
    CSV,
    'Name,Email\nJosé,nobody\n',
    'Name,Email\nJosé,nobody\nAda,ada@example.com\n',
    'Name,Email\n',
    '',
  ];
  const ended = await Promise.all(files.map((file) => stage.imported(importerId, file)));
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['completed', 'failed', 'completed', 'completed', 'failed'],
  );
  for (const [status, count] of Object.entries({ completed: 3, failed: 2, pending: 0, processing: 0, cancelled: 0 })) {
    const { body } = await stage.caller.askV1('GET', `/imports?importer_id=${importerId}&status=${status}`);
    assert.deepEqual(
      [body['total'], listed(body['items']).map((one) => one['status'])],
      [count, Array.from({ length: count }, () => status)],
    );
  }
});

test('whatever the file is, the same rows arrive', async () => {
  const files: [string, string | Buffer, Record<string, string>?][] = [
    [
      'semicolons.csv',
      CSV.replaceAll('"Doe, John"', 'Doe, John')
        .replace('Name,', 'Name;')
        .replaceAll(',j', ';j')
        .replaceAll('Doe, John,', 'Doe, John;'),
    ],
    ['latin.csv', Buffer.from(CSV, 'latin1'), { encoding: 'iso-8859-1' }],
    ['utf16.csv', Buffer.from(`\ufeff${CSV}`, 'utf16le')],
    ['people.csv.gz', gzipSync(CSV)],
    [
      'people.json',
      JSON.stringify([
        { Name: 'José', Email: 'jose@example.com' },
        { Name: 'Doe, John', Email: 'john@example.com' },
      ]),
    ],
    ['people.ndjson', '{"Name":"José","Email":"jose@example.com"}\n{"Name":"Doe, John","Email":"john@example.com"}\n'],
  ];
  for (const [name, content, fields] of files) {
    const importerId = await stage.importer();
    const done = await stage.imported(importerId, content, name, fields);
    assert.deepEqual([name, done['status'], done['error']], [name, 'completed', null]);
    assert.deepEqual(await stage.rowsOf(importerId, 'name', 'email'), BOTH, name);
  }
});

test('rows that do not fit are issues with the schema’s own words, and the rest arrives', async () => {
  const importerId = await stage.importer({ key: ['email'] });
  const done = await stage.imported(importerId, 'Name,Email\nA,a@example.com\nB,not an address\n,c@example.com\nD\n');
  assert.deepEqual([done['status'], done['processed_rows'], done['error_count']], ['completed', 4, 3]);
  const { body } = await stage.caller.ask('GET', `/jobs/${said(done['id'])}/issues`);
  assert.deepEqual(
    listed(body['data']).map((issue) => [issue['row_number'], issue['field'], issue['code']]),
    [
      [2, 'email', 'invalid_format'],
      [3, 'name', 'missing_required'],
      [4, null, 'invalid_format'],
      [4, 'email', 'missing_required'],
    ],
  );
  assert.equal(listed(body['data'])[0]?.['message'], 'Invalid email format');
});

test('with a key the same file changes nothing and a later row of it wins; without one each row is a record', async () => {
  const keyed = await stage.importer({ key: ['email'] });
  const plain = await stage.importer();
  for (const [created, skipped] of [
    [2, 0],
    [0, 2],
  ]) {
    const done = await stage.imported(keyed, CSV);
    assert.deepEqual([done['created_count'], done['skipped_count']], [created, skipped]);
    assert.equal((await stage.imported(plain, CSV))['created_count'], 2);
  }
  const repeated = await stage.imported(keyed, 'Name,Email\nFirst,x@example.com\nLast,x@example.com\n');
  assert.deepEqual([repeated['created_count'], repeated['updated_count']], [1, 1]);
  assert.ok((await stage.rowsOf(keyed, 'name', 'email')).includes('Last x@example.com'));
});

test('a file that no row can be read of fails and says why; so does one of which no row fits', async () => {
  const importerId = await stage.importer();
  const without = await stage.imported(importerId, 'Name,Phone\nA,1\n');
  assert.equal(without['status'], 'failed');
  assert.match(said(without['error']?.['message']), /no column for email/u);
  const pdf = await stage.imported(importerId, '%PDF-1.7\n%âãÏÓ\n1 0 obj\n', 'people.pdf');
  assert.deepEqual([pdf['status'], pdf['error']?.['code']], ['failed', 'source_rejected']);
  const none = await stage.imported(importerId, 'Name,Email\nA,b\n');
  assert.deepEqual([none['status'], none['error_count']], ['failed', 1]);
});

test('what is wrong with a request is told, and nothing of its file stays', async () => {
  const sent = new FormData();
  sent.set('mapping', '{');
  const { status, body } = await stage.caller.askV1('POST', '/imports', sent);
  assert.equal(status, 422);
  assert.deepEqual(
    listed(body['detail']).map((mistake) => listed(mistake['loc']).map(said).join('.')),
    ['body.file', 'body.importer_id', 'body.mapping'],
  );
  const foreign = await stage.universal.join();
  const importerId = await stage.importer();
  const before = await stage.storedFiles();
  assert.equal((await foreign.askV1('POST', '/imports', form(importerId, CSV))).status, 404);
  assert.equal(
    (await stage.caller.askV1('POST', '/imports', form(importerId, CSV, 'a.csv', { mapping: '[' }))).status,
    422,
  );
  assert.equal(await stage.storedFiles(), before);
  await stage.imported(importerId, CSV);
  assert.equal(await stage.storedFiles(), before + 1);
});

test('a file that is sent again under its Idempotency-Key makes no second import, and none of it stays', async () => {
  const importerId = await stage.importer();
  const key = { 'Idempotency-Key': 'the same file' };
  const send = (content: string) => stage.caller.askV1('POST', '/imports', form(importerId, content), key);
  const before = await stage.storedFiles();
  const first = await send(CSV);
  assert.equal(first.status, 201, JSON.stringify(first.body));
  const again = await send(CSV);
  assert.deepEqual([again.status, again.body], [first.status, first.body]);
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.equal((await send(`${CSV}X,x@example.com\n`)).status, 422);
  await stage.finished(said(first.body['id']));
  assert.equal(await stage.storedFiles(), before + 1);
  const { body } = await stage.caller.askV1('GET', `/imports?importer_id=${importerId}`);
  assert.equal(body['total'], 1);
});

test('a retry reads the rows that failed again, under their numbers', async () => {
  const importerId = await stage.importer({ key: ['email'] });
  const done = await stage.imported(
    importerId,
    `Name,Email\n,a@example.com\n${CSV.split('\n').slice(1).join('\n')}X,y\n`,
  );
  assert.deepEqual([done['created_count'], done['error_count']], [2, 2]);
  const { status, body } = await stage.caller.ask('POST', `/jobs/${said(done['id'])}/retry`);
  assert.equal(status, 201, JSON.stringify(body));
  const again = await stage.finished(said(body['job']?.['id']));
  assert.deepEqual([again['processed_rows'], again['error_count']], [2, 2]);
  const { body: records } = await stage.caller.ask('GET', `/analytics/records?job_id=${said(again['id'])}`);
  assert.deepEqual(
    listed(records['data']).map((record) => [record['row_number'], record['attempt']]),
    [
      [1, 2],
      [4, 2],
    ],
  );
});

test('an import of a file is undone like any other', async () => {
  const importerId = await stage.importer({ key: ['email'] });
  const done = await stage.imported(importerId, CSV);
  const { status, body } = await stage.caller.ask('POST', `/jobs/${said(done['id'])}/rollback`, {
    rollback_options: {},
    confirmation: { understood_consequences: true, backup_created: true },
  });
  assert.equal(status, 201, JSON.stringify(body));
  for (let tries = 0; (await stage.rowsOf(importerId, 'email')).length > 0; tries++) {
    assert.ok(tries < 400, 'the records never went');
    await delay(50);
  }
});

test('an import tells which columns fill which fields, how they are written, and what it does not know', async () => {
  const id = await stage.importer({
    schema: {
      fields: [
        { name: 'email', type: 'email', label: 'E-mail' },
        { name: 'since', type: 'date', aliases: ['Kunde seit'] },
        { name: 'spent', type: 'number' },
        { name: 'note', type: 'string' },
      ],
    },
  });
  const csv = 'email;Kunde seit;spents;Farbe;Farbe\na@example.com;31.12.2024;"1.234,50";rot;rot\n';
  const { columns } = await stage.imported(id, csv);
  const { format, ...told } = columns ?? {};
  assert.equal(format?.['delimiter'], ';');
  assert.deepEqual(told, {
    matched: [
      { column: 'email', field: 'email', by: 'name', score: 1, format: null },
      {
        column: 'Kunde seit',
        field: 'since',
        by: 'alias',
        score: 1,
        format: 'DD/MM/YYYY',
        evidence: { values: 1, day_first: 1 },
      },
      {
        column: 'spents',
        field: 'spent',
        by: 'likeness',
        score: 0.833,
        format: '1.234,56',
        evidence: { values: 1, comma: 1 },
      },
    ],
    unknown: [{ column: 'Farbe', suggestion: null }],
    missing: ['note'],
    repeated: ['Farbe'],
  });
});
