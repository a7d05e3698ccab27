import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { recordId } from '../../../src/domain/record.ts';
import { listed, startUniversal } from './universal-app.ts';
import type { Caller, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
});

after(() => universal.close());

function run(sql: string, parameters: readonly unknown[] = []): Promise<Record<string, string>[]> {
  return universal.app.orm.em.fork().execute(sql, [...parameters]);
}

async function insert(table: string, caller: Caller, values: Readonly<Record<string, unknown>>): Promise<string> {
  const id = randomUUID();
  const row = { id, tenant_id: caller.user.tenantId, source_id: caller.user.id, ...values };
  const names = Object.keys(row);
  await run(
    `insert into "target"."${table}" (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
    Object.values(row),
  );
  return id;
}

const EMPTY_CUSTOMER = {
  external_id: null,
  name: null,
  first_name: null,
  last_name: null,
  email: null,
  phone: null,
  company: null,
  job_title: null,
  street: null,
  city: null,
  state: null,
  postcode: null,
  country: null,
  birth_date: null,
  notes: null,
  source_created_at: null,
};

describe('GET /targets', () => {
  test('lists the built-in targets', async () => {
    const { status, body } = await owner.ask('GET', '/targets');
    assert.equal(status, 200);
    const targets = listed(body['data']);
    assert.deepEqual(
      targets.map((target) => target['type']),
      [
        'customer_users',
        'tickets',
        'time_entries',
        'agents',
        'accounts',
        'companies',
        'contacts',
        'jamaah',
        'payment',
        'package',
      ],
    );
    assert.deepEqual(targets[2], {
      type: 'time_entries',
      label: 'Time Entries',
      table: 'target.time_entries',
      fields: [
        { name: 'external_id', type: 'text', required: false },
        { name: 'duration', type: 'numeric', required: false },
        { name: 'description', type: 'text', required: false },
        { name: 'ticket_id', type: 'reference', required: false },
        { name: 'agent_id', type: 'reference', required: false },
        { name: 'started_at', type: 'timestamptz', required: false },
        { name: 'source_created_at', type: 'timestamptz', required: false },
        { name: 'source_updated_at', type: 'timestamptz', required: false },
      ],
      identity: ['external_id'],
      builtin: true,
    });
  });
});

describe('GET /targets/{type}/records', () => {
  test('shows values as JSON: exact numbers, ISO times, dates', async () => {
    const id = await insert('time_entries', owner, {
      external_id: '7',
      duration: '12.50',
      started_at: '2024-03-01 10:00:00.25+02',
      created_at: '2024-05-01 00:00:00Z',
      updated_at: '2024-05-01 00:00:01Z',
    });
    const { status, body } = await owner.ask('GET', '/targets/time_entries/records');
    assert.equal(status, 200);
    assert.deepEqual(body, {
      data: [
        {
          id,
          external_id: '7',
          duration: 12.5,
          description: null,
          ticket_id: null,
          agent_id: null,
          started_at: '2024-03-01T08:00:00.250Z',
          source_created_at: null,
          source_updated_at: null,
          created_at: '2024-05-01T00:00:00.000Z',
          updated_at: '2024-05-01T00:00:01.000Z',
        },
      ],
      meta: { current_page: 1, per_page: 25, total: 1 },
    });
    await insert('time_entries', owner, { external_id: '8', duration: '12345678901234567890.5' });
    const { body: large } = await owner.ask('GET', '/targets/time_entries/records?filter[external_id]=8');
    assert.equal(listed(large['data'])[0]?.['duration'], '12345678901234567890.5');
  });

  test('searches, filters, sorts and pages', async () => {
    const caller = await universal.join();
    const born = '1990-02-03';
    const ann = await insert('customer_users', caller, { external_id: '1', name: 'Ann 100%', birth_date: born });
    const bob = await insert('customer_users', caller, { external_id: '2', name: 'Bob', email: 'bob@x.example' });
    const cid = await insert('customer_users', caller, { external_id: '3', name: 'Cid', email: 'cid@x.example' });
    const ids = async (query: string): Promise<unknown> => {
      const { status, body } = await caller.ask('GET', `/targets/customer_users/records${query}`);
      assert.equal(status, 200, `${query} ${JSON.stringify(body)}`);
      return listed(body['data']).map((record) => record['id']);
    };
    assert.deepEqual(await ids('?sort=name'), [ann, bob, cid]);
    assert.deepEqual(await ids('?sort=-name'), [cid, bob, ann]);
    assert.deepEqual(await ids('?sort=email,-external_id'), [bob, cid, ann]);
    assert.deepEqual(await ids('?search=0%25'), [ann]);
    assert.deepEqual(await ids('?search=X.EXAMPLE&sort=name'), [bob, cid]);
    assert.deepEqual(await ids('?filter[name]=Bob'), [bob]);
    assert.deepEqual(await ids(`?filter[birth_date]=${born}`), [ann]);
    assert.deepEqual(await ids('?filter[email]='), [ann]);
    assert.deepEqual(await ids('?filter[name]=Bob&filter[email]=cid@x.example'), []);
    assert.deepEqual(await ids('?sort=name&per_page=1&page=2'), [bob]);
  });

  test('names unknown fields and values that do not fit', async () => {
    const query = 'filter[shoe]=44&filter[birth_date]=soon&sort=shoe,-name';
    const { status, body } = await owner.ask('GET', `/targets/customer_users/records?${query}`);
    assert.equal(status, 422);
    assert.deepEqual(body['errors'], {
      'filter.shoe': ['The target customer_users has no field shoe.'],
      'filter.birth_date': ['The birth_date field must be a date of the form YYYY-MM-DD.'],
      sort: ['The target customer_users has no field shoe.'],
    });
    const unknown = await owner.ask('GET', '/targets/spaceships/records');
    assert.deepEqual([unknown.status, unknown.body], [404, { message: 'Target not found' }]);
  });

  test('never shows what belongs to another tenant', async () => {
    const stranger = await universal.join();
    const id = await insert('customer_users', owner, { external_id: 'secret' });
    const { body } = await stranger.ask('GET', '/targets/customer_users/records');
    assert.deepEqual(body, { data: [], meta: { current_page: 1, per_page: 25, total: 0 } });
    for (const [method, request] of [
      ['GET', undefined],
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const { status } = await stranger.ask(method, `/targets/customer_users/records/${id}`, request);
      assert.equal(status, 404, method);
    }
  });
});

describe('a record', () => {
  /** A record that one job made and another changed. */
  async function importedRecord(): Promise<{ id: string; jobs: { id: string; number: number }[] }> {
    const values = { external_id: randomUUID(), name: 'New', email: 'kept@x.example' };
    const id = await insert('customer_users', owner, values);
    const jobs: { id: string; number: number }[] = [];
    for (const [action, before] of [
      ['created', null],
      ['updated', { name: 'Old', source_hash: 'ff' }],
    ] as const) {
      const job = randomUUID();
      const [row] = await run(
        `insert into "import_jobs" ("id", "tenant_id", "kind", "status", "options", "mode", "targets")
         values (?, ?, 'import', 'completed', '{}', '{}', '[]') returning "number"`,
        [job, owner.user.tenantId],
      );
      const number = Number(row?.['number']);
      await run(
        `insert into "import_records" ("job_number", "target_ordinal", "row_number", "source_identifier", "target_id",
           "action", "before_image", "created_at")
         values (?, 0, 3, 'source 3', ?, ?::import_action, ?::jsonb, clock_timestamp())`,
        [number, id, action, before === null ? null : JSON.stringify(before)],
      );
      jobs.push({ id: job, number });
    }
    return { id, jobs };
  }

  test('shows what each job did to it, before and after', async () => {
    const { id, jobs } = await importedRecord();
    const { status, body } = await owner.ask('GET', `/targets/customer_users/records/${id}`);
    assert.equal(status, 200);
    const values = { ...EMPTY_CUSTOMER, external_id: body['external_id'], email: 'kept@x.example' };
    const [made, changed] = listed(body['history']);
    const by = (index: number): object => ({
      job_id: jobs[index]?.id,
      record_id: recordId({ jobNumber: jobs[index]?.number ?? 0, targetOrdinal: 0, rowNumber: 3 }),
      row_number: 3,
      source_identifier: 'source 3',
      user: null,
    });
    assert.deepEqual(body, {
      id,
      ...values,
      name: 'New',
      created_at: body['created_at'],
      updated_at: body['updated_at'],
      history: [
        { at: made?.['at'], action: 'created', ...by(0), before: null, after: { ...values, name: 'Old' } },
        { at: changed?.['at'], action: 'updated', ...by(1), before: { name: 'Old' }, after: { name: 'New' } },
      ],
    });
  });

  test('is edited by a person, who then stands in its history', async () => {
    const { id } = await importedRecord();
    const { status, body } = await owner.ask('PATCH', `/targets/customer_users/records/${id}`, {
      name: 'By hand',
      birth_date: '1990-02-03',
      shoe_size: 44,
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body['message'], 'Record updated successfully');
    const history = listed(body['record']?.['history']);
    assert.equal(history.length, 3);
    assert.deepEqual(history[2], {
      at: history[2]?.['at'],
      action: 'edited',
      job_id: null,
      record_id: null,
      row_number: null,
      source_identifier: null,
      user: { id: owner.user.id, name: owner.user.name },
      before: { name: 'New', birth_date: null },
      after: { name: 'By hand', birth_date: '1990-02-03' },
    });
    assert.deepEqual(history[1]?.['after'], { name: 'New' });
    const [row] = await run('select "source_hash" from "target"."customer_users" where "id" = ?', [id]);
    assert.deepEqual(row, { source_hash: null });
  });

  test('names every value that does not fit', async () => {
    const id = await insert('tickets', owner, { external_id: randomUUID() });
    const { status, body } = await owner.ask('PATCH', `/targets/tickets/records/${id}`, {
      subject: ['a'],
      number: 7,
      closed_at: 'soon',
      customer_user_id: '7',
      agent_id: randomUUID(),
    });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
      'agent_id',
      'closed_at',
      'customer_user_id',
      'number',
      'subject',
    ]);
    const bare = await insert('customer_users', owner, { external_id: randomUUID() });
    const emptied = await owner.ask('PATCH', `/targets/customer_users/records/${bare}`, { external_id: '' });
    assert.deepEqual(
      [emptied.status, emptied.body['errors']],
      [422, { external_id: ['One of the fields external_id, name, email is required.'] }],
    );
  });

  test('cannot take the identifier of another, nor go while others refer to it', async () => {
    const first = await insert('customer_users', owner, { external_id: 'taken' });
    const second = await insert('customer_users', owner, { external_id: 'free' });
    const taken = await owner.ask('PATCH', `/targets/customer_users/records/${second}`, { external_id: 'taken' });
    assert.deepEqual([taken.status, taken.body], [409, { message: 'Another record has the same identifier.' }]);

    await insert('tickets', owner, { external_id: randomUUID(), customer_user_id: first });
    const referred = await owner.ask('DELETE', `/targets/customer_users/records/${first}`);
    assert.deepEqual([referred.status, referred.body], [409, { message: 'Other records refer to this one.' }]);
    const removed = await owner.ask('DELETE', `/targets/customer_users/records/${second}`);
    assert.deepEqual([removed.status, removed.body], [200, { message: 'Record deleted successfully' }]);
    assert.equal((await owner.ask('GET', `/targets/customer_users/records/${second}`)).status, 404);
  });
});
