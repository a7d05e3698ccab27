import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
let caller: Caller;

before(async () => {
  stage = await startUniversal({ worker: true, rateLimits: 'documented' });
  caller = await stage.join();
});

after(() => stage.close());

/** What a page's browser sends along, and the widget's JSON. */
const PAGE = { Origin: 'https://shop.example', 'Content-Type': 'application/json' };

async function widget(path: string, body?: unknown): Promise<{ status: number; body: Json; headers: Headers }> {
  const answer = await stage.app.send(body === undefined ? 'GET' : 'POST', `/api/v1/imports/key${path}`, {
    headers: PAGE,
    ...(body === undefined ? {} : { body }),
  });
  assert.equal(answer.headers.get('Access-Control-Allow-Origin'), '*');
  return { ...answer, body: answer.body as Json };
}

let made = 0;

async function importer(changes: object = {}): Promise<Json> {
  const { status, body } = await caller.askV1('POST', '/importers', {
    name: 'Guests',
    slug: `guests-${++made}`,
    key: ['email'],
    schema: {
      fields: [
        { name: 'email', label: 'E-mail', type: 'email', required: true, unique: true },
        { name: 'since', type: 'date', aliases: ['Customer since'] },
        { name: 'spent', type: 'number', validations: [{ rule: 'min', value: 0, errorMessage: 'Not below 0' }] },
        { name: 'size', type: 'enum', values: ['S', 'M'], required: true, default: 'M' },
      ],
    },
    ...changes,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

async function finished(id: string): Promise<Json> {
  for (let tries = 0; tries < 600; tries++) {
    const { body } = await caller.askV1('GET', `/imports/${id}`);
    if (!['pending', 'processing'].includes(said(body['status']))) return body;
    await delay(50);
  }
  throw new Error('the import never ended');
}

test('the widget is shown the fields of the importer whose public key it has, and nothing else of it', async () => {
  const { id, public_key: key } = await importer({ description: 'Who was here' });
  const { status, body } = await widget(`/schema?importer_key=${said(key)}`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    id,
    name: 'Guests',
    description: 'Who was here',
    fields: [
      {
        id: 'email',
        name: 'email',
        label: 'E-mail',
        type: 'email',
        required: true,
        validators: [{ type: 'required' }, { type: 'unique' }],
      },
      { id: 'since', name: 'since', type: 'date', required: false, validators: [] },
      {
        id: 'spent',
        name: 'spent',
        type: 'number',
        required: false,
        validators: [{ type: 'min', value: 0, message: 'Not below 0' }],
      },
      {
        id: 'size',
        name: 'size',
        type: 'select',
        required: false,
        validators: [{ type: 'regex', pattern: '^(?:S|M)$', message: 'Must be one of: S, M' }],
        options: ['S', 'M'],
      },
    ],
    include_unmatched_columns: false,
    filter_invalid_rows: false,
    disable_on_invalid_rows: false,
  });
});

test('the widget is not asked to refuse what is right here: an empty cell below a bound, an option with signs in it', async () => {
  const bound = (rule: 'min' | 'max', value: number) => ({ type: 'integer', validations: [{ rule, value }] });
  const { public_key: key } = await importer({
    key: [],
    schema: {
      fields: [
        { name: 'age', ...bound('min', 18) },
        { name: 'debt', ...bound('max', -1) },
        { name: 'years', ...bound('min', 18), required: true },
        { name: 'kind', type: 'enum', values: ['A+ (new)', '[b]|c\\'] },
      ],
    },
  });
  const { body } = await widget(`/schema?importer_key=${said(key)}`);
  const [age, debt, years, kind] = listed(body['fields']).map(({ validators }) => listed(validators));
  assert.deepEqual([age, debt], [[], []]);
  assert.deepEqual(years, [{ type: 'required' }, { type: 'min', value: 18 }]);
  const pattern = new RegExp(said(kind?.[0]?.['pattern']));
  assert.deepEqual(
    ['A+ (new)', '[b]|c\\', 'a+ (new)', 'A+ (new', 'c'].map((value) => pattern.test(value)),
    [true, true, false, false, false],
  );
});

test('a change by a description is refused in the words of the widget, which shows them', async () => {
  const { public_key: key } = await importer();
  const asked = { importerKey: key, prompt: 'Convert text to uppercase', data: [{ email: 'ada@example.com' }] };
  // As the widget sends it, much data included, and as nobody should.
  for (const body of [asked, { ...asked, data: [{ email: 'x'.repeat(3_000_000) }] }, {}, 'no JSON']) {
    const { status, body: told } = await widget('/transform', body);
    const { error, ...rest } = told;
    assert.deepEqual({ status, ...rest }, { status: 200, success: false, changes: [], summary: '' });
    assert.match(said(error), /cannot be changed by a description/u);
  }
});

test('columns are suggested as an import would find them, of fields and of what the page has added', async () => {
  const { public_key: importerKey } = await importer();
  const { status, body } = await widget('/mapping-suggestions', {
    importerKey,
    uploadColumns: [
      { index: 0, name: 'emails', sample_data: ['ada@example.com'] },
      { index: 1, name: 'CUSTOMER SINCE', sample_data: [] },
      { index: 2, name: 'Loyalty', sample_data: [] },
      { index: 3, name: 'zzz', sample_data: [] },
    ],
    templateColumns: [
      { key: 'email', name: 'E-mail', required: true },
      { key: 'since', name: 'Since' },
      { key: 'custom_1', name: 'loyalty' },
    ],
  });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    success: true,
    mappings: [
      { uploadIndex: 0, templateKey: 'email', confidence: 0.833 },
      { uploadIndex: 1, templateKey: 'since', confidence: 1 },
      { uploadIndex: 2, templateKey: 'custom_1', confidence: 1 },
    ],
  });
});

test('the widget’s rows are imported as if their file had come, and the page’s context is kept', async () => {
  const { public_key: key, target } = await importer();
  // As `handleValidationComplete` of @importcsv/react 0.6.1 builds it; the key comes last.
  const { status, body } = await widget('/process', {
    validData: [
      { data: { email: 'ada@example.com', since: '13.07.2025', spent: '1.234,50', emails: 'no' }, unmapped_data: {} },
      { data: { email: 'bob@example.com', since: '1.2.2024', spent: '7,25', size: 'S' }, unmapped_data: { x: 'y' } },
      { data: { email: 'nobody', since: '', spent: '' }, unmapped_data: {} },
    ],
    invalidData: [],
    columnMapping: { 0: 'email', 2: 'since', 3: 'spent' },
    context: { visitor: 'v-17' },
    importer_key: key,
  });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body['success'], true);
  const ended = { status: 'completed', error_count: 1, created_count: 2, file_name: 'embedded_import.json' };
  const context = { visitor: 'v-17' };
  assert.partialDeepStrictEqual(await finished(said(body['job_id'])), { ...ended, context });
  const { body: page } = await caller.ask('GET', `/targets/${said(target)}/records?sort=email`);
  const rows = listed(page['data']).map(({ email, since, spent, size }) => ({ email, since, spent, size }));
  assert.deepEqual(rows, [
    { email: 'ada@example.com', since: '2025-07-13', spent: 1234.5, size: 'M' },
    { email: 'bob@example.com', since: '2024-02-01', spent: 7.25, size: 'S' },
  ]);
});

test('days of a workbook, which the widget sends as the numbers that they are there, are days', async () => {
  const { public_key: key, target } = await importer();
  const validData = ['45657', 25569].map((since, n) => ({ data: { email: `${n}@example.com`, since, size: 'S' } }));
  const { body } = await widget('/process', { validData, columnMapping: { 0: 'email' }, importer_key: key });
  assert.equal((await finished(said(body['job_id'])))['created_count'], 2);
  const { body: page } = await caller.ask('GET', `/targets/${said(target)}/records?sort=email`);
  const days = listed(page['data']).map(({ since }) => since);
  assert.deepEqual(days, ['2024-12-31', '1970-01-01']);
});

test('a key is good for its importer alone, and for nothing else', async () => {
  const { id, public_key: key } = await importer();
  for (const path of ['/importers', `/importers/${said(id)}`, '/imports', `/importers/${said(id)}/key`]) {
    const headers = { ...PAGE, Authorization: `Bearer ${said(key)}` };
    const { status, headers: answered } = await stage.app.send('GET', `/api/v1${path}?importer_key=${said(key)}`, {
      headers,
    });
    assert.ok(status === 401 || status === 405, path);
    assert.equal(answered.get('Access-Control-Allow-Origin'), null, path);
  }
  const renewed = await caller.askV1('POST', `/importers/${said(id)}/key`);
  assert.equal(renewed.status, 200);
  assert.notEqual(renewed.body['public_key'], key);
  assert.equal((await widget(`/schema?importer_key=${said(key)}`)).status, 404);
  assert.equal((await widget(`/schema?importer_key=${said(renewed.body['public_key'])}`)).status, 200);
  const stranger = await stage.join();
  assert.equal((await stranger.askV1('POST', `/importers/${said(id)}/key`)).status, 404);
  await caller.askV1('DELETE', `/importers/${said(id)}`);
  assert.equal((await widget(`/schema?importer_key=${said(renewed.body['public_key'])}`)).status, 404);
});

test('a page of any origin may ask there, with JSON and without credentials', async () => {
  const asked = { ...PAGE, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' };
  const { status, headers } = await stage.app.send('OPTIONS', '/api/v1/imports/key/process', { headers: asked });
  assert.equal(status, 204);
  assert.equal(headers.get('Access-Control-Allow-Origin'), '*');
  assert.match(headers.get('Access-Control-Allow-Methods') ?? '', /POST/u);
  assert.match(headers.get('Access-Control-Allow-Headers') ?? '', /Content-Type/u);
  assert.equal(headers.get('Access-Control-Allow-Credentials'), null);
  for (const path of ['/api/v1/imports', '/api/v1/importers', '/api/v1/auth/login', '/api/import/me', '/docs']) {
    const elsewhere = await stage.app.send('OPTIONS', path, { headers: asked });
    assert.equal(elsewhere.headers.get('Access-Control-Allow-Origin'), null, path);
  }
});

test('what is refused is refused in words, and nothing of it stays', async () => {
  const { public_key: key } = await importer();
  const row = { data: { email: 'ada@example.com' }, unmapped_data: {} };
  const bodies: readonly (readonly [unknown, number])[] = [
    ['{"validData":[{"data":{}}', 400],
    ['{"validData":[{"data":{"a":1,}}],"importer_key":"x"}', 400],
    ['[]', 400],
    [{ validData: [row] }, 422],
    [{ validData: [row], importer_key: 'x' }, 422],
    [{ validData: [row], importer_key: '00000000-0000-4000-8000-000000000000' }, 404],
    [{ validData: [], importer_key: key }, 422],
    [{ validData: { 0: row }, importer_key: key }, 422],
    [{ validData: [{ email: 'ada@example.com' }], importer_key: key }, 422],
    [{ validData: [row], context: { nul: '\0' }, importer_key: key }, 422],
    [{ validData: [row], context: { long: 'x'.repeat(20_000) }, importer_key: key }, 422],
    [{ validData: [row], context: [], importer_key: key }, 422],
    [`{"validData":[{"data":{"a":${'['.repeat(100)}${']'.repeat(100)}}}]}`, 400],
    [{ validData: [{ data: Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`x${at}`, 1])) }] }, 422],
  ];
  for (const [body, expected] of bodies) {
    const { status, body: told } = await widget('/process', body);
    assert.equal(status, expected, `${JSON.stringify(body).slice(0, 200)}: ${JSON.stringify(told)}`);
    assert.ok('detail' in told);
  }
  let stored = 0;
  for await (const { key: file } of stage.files.storage.list('uploads/')) stored += file.endsWith('.table') ? 0 : 1;
  // Those of the imports above.
  assert.equal(stored, 2);
});

test('a body that is broken off leaves nothing', async () => {
  const before = await count();
  const sent = request(`${stage.app.url}/api/v1/imports/key/process`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  sent.on('error', () => undefined);
  sent.write(`{"validData":[${'{"data":{"email":"a"}},'.repeat(50_000)}`);
  await delay(100);
  sent.destroy();
  const ended = await stage.app.logged(
    ({ endpoint, status }) => endpoint === '/api/v1/imports/key/process' && status === 499,
  );
  assert.ok(ended);
  assert.equal(await count(), before);
});

async function count(): Promise<number> {
  let files = 0;
  for await (const _ of stage.files.storage.list('uploads/')) files++;
  return files;
}

test('an address asks so often a minute and no more, and is told in a way that its page can read', async () => {
  const key = '00000000-0000-4000-8000-000000000000';
  let answer = await widget(`/schema?importer_key=${key}`);
  for (let asked = 1; asked < 200 && answer.status !== 429; asked++) {
    answer = await widget(`/schema?importer_key=${key}`);
  }
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get('Retry-After')) > 0);
  assert.equal(answer.headers.get('X-RateLimit-Limit'), '120');
  assert.match(answer.headers.get('Access-Control-Expose-Headers') ?? '', /Retry-After/u);
});
