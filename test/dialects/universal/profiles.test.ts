import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertNoPasswords, EXAMPLE, makeProfile } from './profile.ts';
import { listed, makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;
let source: SourceDatabase;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
  source = await makeSource([
    'create table customers (id integer primary key, first_name varchar(255), last_name text)',
    `insert into customers values (1, 'Jane', 'Smith'), (2, 'John', 'Doe')`,
  ]);
});

after(async () => {
  await universal.close();
  await source.drop();
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;
const NOBODYS = '0198c0de-0000-7000-8000-00000000dead';

/** Everything of a new profile that is known beforehand. */
function shown(caller: Caller, id: unknown, created: unknown): object {
  const { password: _, ...fields } = EXAMPLE;
  return {
    ...fields,
    id,
    status: 'untested',
    created_by: { id: caller.user.id, name: caller.user.name },
    last_tested_at: null,
    template_id: null,
    template: null,
    last_test_result: null,
    created_at: created,
    updated_at: created,
  };
}

async function eventsOf(id: string): Promise<{ type: string; data: object }[]> {
  return universal.app.orm.em
    .fork()
    .execute('select "type", "data" from "import_events" where "profile_id" = ? order by "id"', [id]);
}

describe('POST /profiles', () => {
  test('makes a profile and shows it without its password', async () => {
    const { status, body } = await owner.ask('POST', '/profiles', EXAMPLE);
    assert.equal(status, 201);
    const profile = body['profile'];
    assert.match(said(profile?.['id']), UUID);
    assert.deepEqual(body, {
      message: 'Import profile created successfully',
      profile: { ...shown(owner, profile?.['id'], profile?.['created_at']), configuration: { queries: {} } },
    });
    assert.deepEqual(await eventsOf(said(profile?.['id'])), [
      { type: 'profile.created', data: { name: 'Production Database' } },
    ]);
  });

  test('names every mistake at once, in the sentences of the document', async () => {
    const { status, body } = await owner.ask('POST', '/profiles', {
      name: ' ',
      database_type: 'mysql',
      port: 65_536,
      database: 7,
      username: 'u'.repeat(64),
      password: 'x',
      ssl_mode: 'maybe',
    });
    assert.equal(status, 422);
    assert.deepEqual(body, {
      message: 'Validation failed',
      errors: {
        name: ['The name field is required.'],
        database_type: ['The selected database type is invalid. Choose one of: postgresql.'],
        host: ['The host field is required.'],
        port: ['The port must be between 1 and 65535.'],
        database: ['The database must be a string.'],
        username: ['The username must not be greater than 63 characters.'],
        ssl_mode: [
          'The selected ssl mode is invalid. Choose one of: disable, allow, prefer, require, verify-ca, verify-full.',
        ],
      },
    });
  });

  test('needs a password', async () => {
    const { password: _, ...without } = EXAMPLE;
    const { status, body } = await owner.ask('POST', '/profiles', without);
    assert.equal(status, 422);
    assert.deepEqual(body['errors'], { password: ['The password field is required.'] });
  });

  test('keeps the password sealed, bound to its tenant and record', async () => {
    const id = await makeProfile(owner, { password: 'CANARY-at-rest' });
    const [row]: { text: string }[] = await universal.app.orm.em
      .fork()
      .execute('select "p"::text as "text" from "import_profiles" as "p" where "id" = ?', [id]);
    assert.match(String(row?.text), /v1\.[0-9a-f]{8}\./u);
    assert.doesNotMatch(String(row?.text), /CANARY/u);
  });
});

describe('who may', () => {
  test('an agent without system.import gets 403, nobody at all 401', async () => {
    const agent = await universal.join({ tenantId: owner.user.tenantId, role: 'agent' });
    for (const [method, path] of [
      ['GET', '/profiles'],
      ['POST', '/profiles'],
      ['GET', `/profiles/${NOBODYS}`],
      ['POST', '/profiles/test-connection'],
      ['GET', '/templates'],
      ['GET', '/jobs'],
      ['GET', '/targets'],
    ] as const) {
      assert.equal((await agent.ask(method, path)).status, 403, `${method} ${path}`);
      assert.equal((await universal.app.send(method, `/api/import${path}`)).status, 401, `${method} ${path}`);
    }
  });

  test('nothing of one tenant is visible to another: the same 404 as for what does not exist', async () => {
    const stranger = await universal.join();
    const id = await makeProfile(owner);
    const missing = { message: 'Import profile not found' };
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '', EXAMPLE],
      ['DELETE', '', undefined],
      ['POST', '/test-connection', undefined],
      ['GET', '/export', undefined],
      ['PUT', '/template', { template_id: NOBODYS }],
      ['POST', '/import', {}],
    ] as const) {
      const foreign = await stranger.ask(method, `/profiles/${id}${path}`, body);
      const absent = await stranger.ask(method, `/profiles/${NOBODYS}${path}`, body);
      const nonsense = await stranger.ask(method, `/profiles/7${path}`, body);
      for (const answer of [foreign, absent, nonsense]) {
        assert.deepEqual([answer.status, answer.body], [404, missing], `${method} ${path}`);
      }
    }
    const { body } = await stranger.ask('GET', '/profiles');
    assert.deepEqual(body, { data: [], meta: { current_page: 1, per_page: 15, total: 0 } });
  });
});

describe('GET /profiles', () => {
  test('lists, filters, searches and pages', async () => {
    const caller = await universal.join();
    const first = await makeProfile(caller, { name: 'Alpha 100%' });
    const second = await makeProfile(caller, { name: 'Beta' });
    const ids = async (query: string): Promise<unknown> => {
      const { body } = await caller.ask('GET', `/profiles${query}`);
      return listed(body['data']).map((profile) => profile['id']);
    };
    const { status, body } = await caller.ask('GET', '/profiles');
    assert.equal(status, 200);
    assert.deepEqual(body['meta'], { current_page: 1, per_page: 15, total: 2 });
    const alpha = listed(body['data'])[1];
    assert.deepEqual(alpha, { ...shown(caller, first, alpha?.['created_at']), name: 'Alpha 100%' });
    assert.deepEqual(await ids(''), [second, first]);
    assert.deepEqual(await ids('?search=0%25'), [first]);
    assert.deepEqual(await ids('?search=_'), []);
    assert.deepEqual(await ids('?status=untested&database_type=postgresql'), [second, first]);
    assert.deepEqual(await ids('?status=connected'), []);
    assert.deepEqual(await ids('?per_page=1&page=2'), [first]);
  });

  test('refuses filters it does not know, by name', async () => {
    const { status, body } = await owner.ask('GET', '/profiles?status=odd&per_page=0&page=x');
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}), ['status', 'page', 'per_page']);
    for (const page of ['page=1e0', 'page[]=1', 'page=%201', 'page=1.0']) {
      const odd = await owner.ask('GET', `/profiles?${page}`);
      assert.deepEqual(odd.body['errors'], { page: ['The page must be an integer.'] }, page);
    }
    const unstorable = await owner.ask('GET', '/profiles?search=a%00b');
    assert.equal(unstorable.status, 422);
  });
});

describe('GET /profiles/{id}', () => {
  test('shows the configuration and the newest jobs', async () => {
    const id = await makeProfile(owner);
    const { status, body } = await owner.ask('GET', `/profiles/${id}`);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      ...shown(owner, id, body['created_at']),
      configuration: { queries: {} },
      import_jobs: [],
    });
  });
});

describe('PUT /profiles/{id}', () => {
  test('changes what is given and tells it', async () => {
    const id = await makeProfile(owner);
    const { status, body } = await owner.ask('PUT', `/profiles/${id}`, { name: 'Renamed', notes: null });
    assert.equal(status, 200);
    assert.equal(body['message'], 'Import profile updated successfully');
    assert.equal(body['profile']?.['name'], 'Renamed');
    assert.equal(body['profile']?.['notes'], null);
    assert.equal(body['profile']?.['description'], EXAMPLE.description);
    assert.deepEqual((await eventsOf(id)).at(-1), {
      type: 'profile.updated',
      data: { name: 'Renamed', changed: ['name', 'notes'] },
    });
  });

  test('takes the same body as creating, the password left out', async () => {
    const id = await makeProfile(owner);
    const { password: _, ...same } = EXAMPLE;
    const { status } = await owner.ask('PUT', `/profiles/${id}`, same);
    assert.equal(status, 200);
    assert.deepEqual(
      (await eventsOf(id)).map(({ type }) => type),
      ['profile.created'],
    );
  });

  for (const change of [{ host: 'elsewhere.example' }, { port: 5433 }, { username: 'root' }]) {
    test(`demands the password when ${Object.keys(change).join()} changes`, async () => {
      const id = await makeProfile(owner);
      const refused = await owner.ask('PUT', `/profiles/${id}`, { ...change, password: '' });
      assert.equal(refused.status, 422);
      assert.deepEqual(refused.body, {
        message: 'Validation failed',
        errors: { password: ['The password field is required when the host, port or username changes.'] },
      });
      const accepted = await owner.ask('PUT', `/profiles/${id}`, { ...change, password: 'again' });
      assert.equal(accepted.status, 200);
    });
  }

  test('makes the connection untested again', async () => {
    const id = await makeProfile(owner, source.fields);
    await owner.ask('POST', `/profiles/${id}/test-connection`);
    const { body } = await owner.ask('PUT', `/profiles/${id}`, { database: 'other' });
    assert.deepEqual(
      [body['profile']?.['status'], body['profile']?.['last_tested_at'], body['profile']?.['last_test_result']],
      ['untested', null, null],
    );
  });

  test('names every mistake', async () => {
    const id = await makeProfile(owner);
    const { status, body } = await owner.ask('PUT', `/profiles/${id}`, { port: '5432', host: '', ssl_mode: 1 });
    assert.equal(status, 422);
    assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), ['host', 'port', 'ssl_mode']);
  });
});

describe('DELETE /profiles/{id}', () => {
  test('removes it for good', async () => {
    const id = await makeProfile(owner);
    const { status, body } = await owner.ask('DELETE', `/profiles/${id}`);
    assert.deepEqual([status, body], [200, { message: 'Import profile deleted successfully' }]);
    assert.equal((await owner.ask('GET', `/profiles/${id}`)).status, 404);
    assert.equal((await eventsOf(id)).at(-1)?.type, 'profile.deleted');
  });
});

test('no answer and no log line has held a password', () => assertNoPasswords(universal));
