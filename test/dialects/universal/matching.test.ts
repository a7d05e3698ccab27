import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { people } from '../../../bench/people.ts';
import { FIELDS, person } from '../../support/people-source.ts';
import { listed, makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, Json, SourceDatabase, UniversalApp } from './universal-app.ts';

const SET = people(400, 100, 'clean', 3);

const ADA = person({
  first_name: 'Adelaide',
  last_name: 'Quartermaine',
  email: 'adelaide.quartermaine@post.example',
  phone: '0399991234',
  street: '12 Acacia Road',
  city: 'Hobart',
  postcode: '7000',
  birth_date: '1971-03-09',
});
/** The same person with another address of mail. */
const AT_WORK = ADA.map((value, at) => (FIELDS[at] === 'email' ? 'aq@work.example' : value));

let universal: UniversalApp;
let source: SourceDatabase;

before(async () => {
  universal = await startUniversal({ worker: true, rateLimits: 'off' });
  source = await makeSource([
    ...tableOf('there', [...SET.rows, ADA]),
    ...tableOf('incoming', [...SET.incoming, AT_WORK]),
    ...tableOf('later', [
      person({ first_name: 'Bartholomew', last_name: 'Featheringay', email: 'b.f@post.example', phone: '0377776666' }),
    ]),
  ]);
});

after(async () => {
  await universal.close();
  await source.drop();
});

const literal = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);

function tableOf(table: string, rows: readonly (readonly (string | null)[])[]): string[] {
  const values = rows.map((row, at) => `(${[`'${table}-${at}'`, ...row.map(literal)].join(', ')})`);
  return [
    `create table "${table}" ("code" text primary key, ${FIELDS.map((name) => `"${name}" text`).join(', ')})`,
    `insert into "${table}" values ${values.join(', ')}`,
  ];
}

/** Starts an import of a table of people; the answer. */
async function ask(caller: Caller, table: string, mode: object = {}): Promise<{ status: number; body: Json }> {
  const { body } = await caller.ask('POST', '/profiles', { ...source.fields, name: table });
  const profileId = said(body['profile']?.['id']);
  const fields = ['code', ...FIELDS].map((name) => ({
    source: `${table}.${name}`,
    target: name === 'code' ? 'external_id' : name,
    transformation: 'direct',
  }));
  const query = { base_table: table, joins: [], fields, filters: [], target_type: 'customer_users' };
  await caller.ask('POST', `/profiles/${profileId}/queries`, query);
  return caller.ask('POST', '/jobs', { profile_id: profileId, mode_config: mode });
}

/** What an import of a table of people made of its rows, in their order. */
async function imported(caller: Caller, table: string, mode: object = {}): Promise<readonly Json[]> {
  const { status, body } = await ask(caller, table, mode);
  assert.equal(status, 201, JSON.stringify(body));
  const jobId = said(body['job']?.['id']);
  for (;;) {
    const job = (await caller.ask('GET', `/jobs/${jobId}`)).body;
    if (said(job['status']) === 'completed') break;
    assert.notEqual(said(job['status']), 'failed', JSON.stringify(job));
    await delay(50);
  }
  const { body: page } = await caller.ask('GET', `/analytics/records?per_page=1000&job_id=${jobId}`);
  return listed(page['data']);
}

const fuzzy = (more: object = {}): object => ({ enabled: true, strategy: 'fuzzy', ...more });

test('primary_first takes two for the same only where a primary field agrees wholly', async () => {
  const outcome = async (mode: object): Promise<unknown> => {
    const caller = await universal.join();
    await imported(caller, 'there');
    const records = await imported(caller, 'incoming', mode);
    return records.find((record) => said(record['source_identifier']) === `incoming-${SET.incoming.length}`)?.[
      'import_action'
    ];
  };
  assert.equal(await outcome({ duplicate_detection: fuzzy(), matching_strategy: 'weighted_fields' }), 'updated');
  const byEmail = fuzzy({ primary_fields: ['email'], secondary_fields: FIELDS.filter((name) => name !== 'email') });
  assert.equal(await outcome({ duplicate_detection: byEmail, matching_strategy: 'primary_first' }), 'created');
});

test('fields that no type has are named, each where it stands', async () => {
  const caller = await universal.join();
  const mode = {
    duplicate_detection: fuzzy({ primary_fields: ['email', 'shoe_size'], secondary_fields: ['phone', 'aura'] }),
    matching_strategy: 'primary_first',
  };
  const { status, body } = await ask(caller, 'there', mode);
  assert.equal(status, 422);
  assert.deepEqual(body['errors'], {
    'mode_config.duplicate_detection.primary_fields': ['None of the selected types has a field shoe_size.'],
    'mode_config.duplicate_detection.secondary_fields': ['None of the selected types has a field aura.'],
  });
  const unknown = await ask(caller, 'there', { duplicate_detection: fuzzy(), matching_strategy: 'by_moonlight' });
  assert.equal(unknown.status, 422);
  assert.deepEqual(Object.keys(unknown.body['errors'] ?? {}), ['mode_config.matching_strategy']);
});

test('a record that a person has edited is found by what it says now', async () => {
  const caller = await universal.join();
  await imported(caller, 'there');
  // The keys of all are made.
  await imported(caller, 'incoming', { duplicate_detection: fuzzy() });
  const records = '/targets/customer_users/records';
  const { body } = await caller.ask('GET', `${records}?filter[external_id]=there-0`);
  const id = listed(body['data'])[0]?.['id'];
  const edited = await caller.ask('PATCH', `${records}/${said(id)}`, {
    first_name: 'Bartholomew',
    last_name: 'Featheringay',
    email: 'b.f@post.example',
    phone: '0377776666',
  });
  assert.equal(edited.status, 200, JSON.stringify(edited.body));
  const [record] = await imported(caller, 'later', { duplicate_detection: fuzzy() });
  assert.deepEqual([record?.['duplicate_of'], record?.['review_status']], [id, null]);
});
