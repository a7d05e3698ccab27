import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { User } from '../../src/store/entities/user.ts';
import { startTestApp } from '../support/app.ts';
import type { TestAnswer, TestApp } from '../support/app.ts';
import { makeUser } from '../support/factories.ts';

let app: TestApp;

before(async () => {
  app = await startTestApp();
});

after(() => app.close());

interface Somebody {
  readonly user: User;
  readonly token: string;
}

async function somebody(options: Parameters<typeof makeUser>[1] = {}): Promise<Somebody> {
  const user = await makeUser(app.orm, options);
  return { user, token: await app.login(user.email) };
}

const outcome = ({ status, body }: TestAnswer): [number, unknown] => [status, body];

describe('tenants', () => {
  test('are made by super admins only, each with its first owner', async () => {
    const { token: owner } = await somebody();
    const { token } = await somebody({ superAdmin: true });
    const body = {
      name: 'Globex',
      owner: { name: 'Hank', email: `hank-${randomUUID()}@globex.example`, password: 'scorpio-1996' },
    };
    assert.deepEqual(outcome(await app.send('POST', '/api/import/tenants', { token: owner, body })), [
      403,
      { message: 'Only a super admin may do this.' },
    ]);
    const made = await app.send('POST', '/api/import/tenants', { token, body });
    assert.equal(made.status, 201);
    const answer = made.body as { message: string; tenant: { id: string; name: string }; owner: { id: string } };
    assert.deepEqual([answer.message, answer.tenant.name], ['Tenant created successfully', 'Globex']);

    const hank = await app.login(body.owner.email, body.owner.password);
    assert.deepEqual((await app.send('GET', '/api/import/me', { token: hank })).body, {
      user: {
        id: answer.owner.id,
        name: 'Hank',
        email: body.owner.email,
        role: 'owner',
        permissions: ['system.import', 'system.configure', 'pages.import.manage'],
        tenant: { id: answer.tenant.id, name: 'Globex' },
      },
    });
    assert.equal((await app.send('POST', '/api/import/tenants', { token: hank, body })).status, 403);
  });

  test('whose owner has a taken e-mail are not made at all', async () => {
    const { user, token } = await somebody({ superAdmin: true });
    const body = { name: 'Never', owner: { name: 'x', email: user.email, password: 'long enough' } };
    assert.deepEqual(outcome(await app.send('POST', '/api/import/tenants', { token, body })), [
      422,
      { message: 'Validation failed', errors: { 'owner.email': ['The email has already been taken.'] } },
    ]);
    const rows: unknown[] = await app.orm.em.fork().execute(`select from "tenants" where "name" = 'Never'`);
    assert.equal(rows.length, 0);
  });
});

describe('API tokens', () => {
  test('are shown once, work as a bearer everywhere and end when they are deleted', async () => {
    const { user, token } = await somebody({ role: 'admin' });
    const made = await app.send('POST', '/api/import/tokens', { token, body: { name: 'ci', expires_in_days: 30 } });
    assert.equal(made.status, 201);
    const { message, token: apiToken, id } = made.body as { message: string; token: string; id: string };
    assert.equal(message, 'Token created successfully');
    assert.match(apiToken, /^lading_[\w-]{43}$/u);
    const me = await app.send('GET', '/api/import/me', { token: apiToken });
    assert.equal((me.body as { user: { id: string } }).user.id, user.id);

    const listed = (await app.send('GET', '/api/import/tokens', { token })).body as { data: Record<string, unknown>[] };
    const [{ created_at: created, expires_at: expires, last_used_at: used, ...shown } = {}] = listed.data;
    assert.deepEqual(shown, { id, name: 'ci', permissions: null });
    assert.equal(Math.round((Date.parse(String(expires)) - Date.parse(String(created))) / 86_400_000), 30);
    assert.ok(Date.parse(String(used)) >= Date.parse(String(created)));

    assert.deepEqual(outcome(await app.send('DELETE', `/api/import/tokens/${id}`, { token })), [
      200,
      { message: 'Token deleted successfully' },
    ]);
    assert.equal((await app.send('GET', '/api/import/me', { token: apiToken })).status, 401);
  });

  test('past their time are refused', async () => {
    const { token } = await somebody();
    const made = await app.send('POST', '/api/import/tokens', { token, body: { name: 'ci', expires_in_days: 1 } });
    await app.orm.em.fork().execute(`update "api_tokens" set "expires_at" = now() - interval '1 second'`);
    assert.equal(
      (await app.send('GET', '/api/import/me', { token: (made.body as { token: string }).token })).status,
      401,
    );
  });

  test('with permissions of their own have no others and manage neither users nor tokens', async () => {
    const { token } = await somebody({ superAdmin: true });
    const body = { name: 'limited', permissions: ['system.import'] };
    const made = await app.send('POST', '/api/import/tokens', { token, body });
    const limited = (made.body as { token: string }).token;
    const me = (await app.send('GET', '/api/import/me', { token: limited })).body as { user: { permissions: unknown } };
    assert.deepEqual(me.user.permissions, ['system.import']);
    const refused = [403, { message: 'An API token with limited permissions may not do this.' }];
    for (const [method, path] of [
      ['GET', '/api/import/users'],
      ['POST', '/api/import/users'],
      ['POST', '/api/import/tenants'],
      ['POST', '/api/import/tokens'],
      ['GET', '/api/import/tokens'],
    ] as const) {
      const request = method === 'POST' ? { token: limited, body: {} } : { token: limited };
      assert.deepEqual(outcome(await app.send(method, path, request)), refused);
    }
  });

  test('cannot be given more than their user has, nor be seen or deleted by anybody else', async () => {
    const { user: owner, token } = await somebody();
    const { token: agents } = await somebody({ tenantId: owner.tenantId, role: 'agent' });
    const body = { name: 'more', permissions: ['system.import'] };
    assert.deepEqual(outcome(await app.send('POST', '/api/import/tokens', { token: agents, body })), [
      422,
      {
        message: 'Validation failed',
        errors: { permissions: ['You do not have the permissions system.import.'] },
      },
    ]);
    const made = await app.send('POST', '/api/import/tokens', { token: agents, body: { name: 'mine' } });
    const { id } = made.body as { id: string };
    assert.deepEqual(outcome(await app.send('DELETE', `/api/import/tokens/${id}`, { token })), [
      404,
      { message: 'Token not found' },
    ]);
    const listed = (await app.send('GET', '/api/import/tokens', { token })).body as { data: unknown[] };
    assert.deepEqual(listed.data, []);
  });

  test('lose what their user loses', async () => {
    const { user: owner, token } = await somebody();
    const { user: admin, token: admins } = await somebody({ tenantId: owner.tenantId, role: 'admin' });
    const made = await app.send('POST', '/api/import/tokens', {
      token: admins,
      body: { name: 'ci', permissions: ['system.import', 'pages.import.manage'] },
    });
    const apiToken = (made.body as { token: string }).token;
    await app.send('PUT', `/api/import/users/${admin.id}`, { token, body: { permissions: ['system.import'] } });
    const me = (await app.send('GET', '/api/import/me', { token: apiToken })).body as {
      user: { permissions: unknown };
    };
    assert.deepEqual(me.user.permissions, ['system.import']);
  });
});
