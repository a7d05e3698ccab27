import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endedJob, listed, said, startUniversal } from './universal-app.ts';
import type { Caller, Json, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;

before(async () => {
  universal = await startUniversal({ worker: true });
  owner = await universal.join();
});

after(() => universal.close());

async function importer(changes: object): Promise<Json> {
  const { status, body } = await owner.askV1('POST', '/importers', { name: 'People', ...changes });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

async function imported(importerId: Json | undefined, csv: string, fields: Record<string, string> = {}): Promise<Json> {
  const form = new FormData();
  form.set('importer_id', said(importerId));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([csv]), 'people.csv');
  const { status, body } = await owner.askV1('POST', '/imports', form);
  assert.equal(status, 201, JSON.stringify(body));
  return endedJob(owner, said(body['id']));
}

const sql = (text: string): Promise<unknown> => universal.app.orm.em.fork().execute(text);

test('the certificate of a file’s import holds its rows, read again, against the target', async () => {
  const schema = {
    fields: [
      { name: 'code', type: 'string', required: true },
      { name: 'born', type: 'date' },
      { name: 'paid', type: 'number' },
    ],
  };
  const { id, target } = await importer({ slug: 'certified', key: ['code'], schema });
  const rows = Array.from({ length: 500 }, (_, at) => `c${at};${(at % 28) + 1}.7.2024;"${at},50"`);
  const { id: jobId, status } = await imported(id, `code;born;paid\n${rows.join('\n')}\nbad;no day;x\n`);
  assert.equal(status, 'completed');
  const certificate = async (): Promise<Json> => {
    const { status: code, body } = await owner.ask('GET', `/jobs/${said(jobId)}/certificate`);
    assert.equal(code, 200, JSON.stringify(body));
    return body['certificate'] ?? {};
  };
  const whole = await certificate();
  assert.equal(whole['balanced'], true, JSON.stringify(whole));

  // Columns of such a table are numbered.
  const { body: page } = await owner.ask('GET', `/targets/${said(target)}`);
  const table = said(page['target']?.['table'] ?? page['table']);
  await sql(`update ${table} set "f3" = 0 where "f1" in ('c7', 'c9')`);
  await sql(`delete from ${table} where "f1" = 'c11'`);
  const [type] = listed((await certificate())['types']);
  const { altered, missing, uncompared } = (type?.['records'] ?? {}) as Record<string, Json>;
  assert.deepEqual([altered, missing, uncompared], [2, 1, 0]);
  const columns = listed(type?.['columns']).map(({ column, source, target: held, equal }) => [
    column,
    source?.['count'],
    held?.['count'],
    equal,
  ]);
  // The one that is missing is missing in every column; of the altered ones only one column is another.
  assert.deepEqual(columns, [
    ['code', 500, 499, false],
    ['born', 500, 499, false],
    ['paid', 500, 499, false],
  ]);
  assert.equal(type?.['balanced'], false);
});

const PEOPLE = [
  ['Margaret Hamilton', 'margaret.hamilton@example.com', '+47 22 86 44 00', 'Oslo'],
  ['Katherine Johnson', 'k.johnson@example.com', '+47 22 86 44 01', 'Bergen'],
  ['Dorothy Vaughan', 'dorothy@example.com', '+47 22 86 44 02', 'Hamar'],
  ['Annie Easley', 'annie.easley@example.com', '+47 22 86 44 03', 'Moss'],
  ['Mary Jackson', 'mary.jackson@example.com', '+47 22 86 44 04', 'Skien'],
];
const FILLER = Array.from({ length: 200 }, (_, at) => [
  `${['Ola', 'Kari', 'Nils', 'Siri', 'Per'][at % 5]} ${['Berg', 'Dahl', 'Lund', 'Moen'][at % 4]}${at}`,
  `person${at}@example.org`,
  `+47 41 00 ${10 + (at % 89)} ${10 + ((at * 7) % 89)}`,
  ['Oslo', 'Bergen', 'Hamar', 'Moss'][at % 4] ?? '',
]);
const HEADER = 'name,email,phone,city\n';
const csv = (rows: readonly (readonly string[])[]): string => HEADER + rows.map((row) => row.join(',')).join('\n');

/** As another source writes the first three of them. */
const LIKE = [
  ['Margaret Hamiltn', 'margaret.hamilton@example.com', '22864400', 'Oslo'],
  ['Johnson Katherine', 'k.johnson@example.com', '0047 22864401', 'Bergen'],
  ['Dorothy Vaughan', 'dorothy@example.com', '+4722864402', 'Hamar'],
  ['Nobody Else', 'nobody.else@example.net', '+47 90 00 00 00', 'Alta'],
];
const MODE = JSON.stringify({ duplicate_detection: { enabled: true, strategy: 'fuzzy', confidence_threshold: 80 } });
const SCHEMA = { fields: ['name', 'email', 'phone', 'city'].map((name) => ({ name, type: 'string' })) };

for (const [where, target] of [
  ['a table of an importer’s own', null],
  ['a target that is built in', 'customer_users'],
] as const) {
  test(`rows of a file are matched by likeness against ${where}`, async () => {
    const slug = `like-${target ?? 'own'}`;
    const { id, target: type } = await importer({ slug, schema: SCHEMA, ...(target === null ? {} : { target }) });
    const first = await imported(id, csv([...PEOPLE, ...FILLER]));
    assert.equal(first['records_imported'], PEOPLE.length + FILLER.length);
    const second = await imported(id, csv(LIKE), { mode_config: MODE });
    assert.equal(second['status'], 'completed', JSON.stringify(second['errors']));
    assert.deepEqual(
      [second['records_updated'], second['records_imported'], second['records_duplicates']],
      [3, 4, 3],
      JSON.stringify(second),
    );
    const { body } = await owner.ask('GET', `/targets/${said(type)}/records?per_page=1`);
    assert.equal(body['meta']?.['total'], PEOPLE.length + FILLER.length + 1);
    const { body: why } = await owner.ask('GET', `/analytics/records?job_id=${said(second['id'])}&has_duplicates=true`);
    assert.equal(listed(why['data']).length, 3);
    assert.ok(Number(listed(why['data'])[0]?.['confidence']) >= 80);
  });
}

test('what does not fit in a mode is told, as are forms whose JSON is none', async () => {
  const { id } = await importer({ slug: 'strict', schema: SCHEMA });
  const form = (mode: string): FormData => {
    const sent = new FormData();
    sent.set('importer_id', said(id));
    sent.set('mode_config', mode);
    sent.set('file', new Blob([csv(PEOPLE)]), 'people.csv');
    return sent;
  };
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const mode of ['{', '5', '{"import_mode":"guess"}', '{"matching_strategy":"\\u0000"}', deep]) {
    const { status, body } = await owner.askV1('POST', '/imports', form(mode));
    assert.equal(status, 422, `${mode.slice(0, 60)} ${JSON.stringify(body)}`);
  }
  const unknown = {
    duplicate_detection: { enabled: true, primary_fields: ['colour'] },
    source_identifier_field: 'name',
  };
  const { body } = await owner.askV1('POST', '/imports', form(JSON.stringify(unknown)));
  assert.deepEqual(
    listed(body['detail']).map(({ loc }) => listed(loc).slice(1).map(said).join('.')),
    ['mode_config.duplicate_detection.primary_fields', 'mode_config.source_identifier_field'],
  );
});
