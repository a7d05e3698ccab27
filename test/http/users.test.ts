import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { AuditEntry } from '../../src/store/entities/audit-entry.ts';
import { User } from '../../src/store/entities/user.ts';
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

function newUser(changes: object = {}): object {
  return {
    name: 'Alan',
    email: `alan-${randomUUID()}@example.com`,
    password: 'enigma-1940',
    role: 'agent',
    ...changes,
  };
}

const outcome = ({ status, body }: TestAnswer): [number, unknown] => [status, body];

describe('users', () => {
  test('are made by owners: 401 for nobody, 403 for others, 422 with every mistake', async () => {
    const { user: owner, token } = await somebody();
    const { token: admin } = await somebody({ tenantId: owner.tenantId, role: 'admin' });
    assert.deepEqual(outcome(await app.send('POST', '/api/import/users', { body: newUser() })), [
      401,
      { message: 'Unauthenticated.' },
    ]);
    assert.deepEqual(outcome(await app.send('POST', '/api/import/users', { token: admin, body: {} })), [
      403,
      { message: 'Only an owner may do this.' },
    ]);
    const wrong = { name: ' ', email: 'nobody', password: 'short', role: 'king', permissions: ['system.fly'] };
    assert.deepEqual(outcome(await app.send('POST', '/api/import/users', { token, body: wrong })), [
      422,
      {
        message: 'Validation failed',
        errors: {
          name: ['The name field is required.'],
          email: ['The email must be a valid email address.'],
          password: ['The password must be at least 8 characters.'],
          role: ['The selected role is invalid. Choose one of: owner, admin, agent.'],
          'permissions.0': [
            'The selected permissions.0 is invalid. Choose one of: system.import, system.configure, pages.import.manage.',
          ],
        },
      },
    ]);
  });

  test('log in after they were made, with the permissions of their role or their own', async () => {
    const { token } = await somebody();
    const roles = {
      owner: ['system.import', 'system.configure', 'pages.import.manage'],
      admin: ['system.import', 'pages.import.manage'],
      agent: [],
    };
    for (const [role, permissions] of Object.entries(roles)) {
      const body = newUser({ role }) as { email: string; password: string };
      const made = await app.send('POST', '/api/import/users', { token, body });
      assert.equal(made.status, 201);
      const { message, user } = made.body as { message: string; user: Record<string, unknown> };
      assert.equal(message, 'User created successfully');
      const { id, number, created_at, updated_at, ...rest } = user;
      assert.deepEqual(rest, { name: 'Alan', email: body.email, role, permissions });
      assert.ok(typeof id === 'string' && typeof number === 'number' && created_at === updated_at);

      const theirs = await app.login(body.email, body.password);
      const me = (await app.send('GET', '/api/import/me', { token: theirs })).body as {
        user: { permissions: unknown };
      };
      assert.deepEqual(me.user.permissions, permissions);
    }
    const granted = await app.send('POST', '/api/import/users', {
      token,
      body: newUser({ permissions: ['system.import'] }),
    });
    assert.deepEqual((granted.body as { user: { permissions: unknown } }).user.permissions, ['system.import']);
  });

  test('have an e-mail that nobody else has, in any tenant, however it is cased', async () => {
    const { token } = await somebody();
    const { user: stranger } = await somebody({ email: `Only.${randomUUID()}@Example.com` });
    const answer = await app.send('POST', '/api/import/users', {
      token,
      body: newUser({ email: stranger.email.toLowerCase() }),
    });
    assert.deepEqual(outcome(answer), [
      422,
      { message: 'Validation failed', errors: { email: ['The email has already been taken.'] } },
    ]);
  });

  test('are listed in pages, with search, and without those of other tenants', async () => {
    const { user: owner, token } = await somebody({ name: 'Zoe' });
    await somebody({ name: 'Zoe of another tenant' });
    const second = await makeUser(app.orm, { tenantId: owner.tenantId, name: '100% Real_Name', role: 'agent' });
    const page = (await app.send('GET', '/api/import/users?per_page=1&page=2', { token })).body;
    const { data, meta } = page as { data: { id: string }[]; meta: unknown };
    assert.deepEqual(
      data.map(({ id }) => id),
      [second.id],
    );
    assert.deepEqual(meta, { current_page: 2, per_page: 1, total: 2 });
    const found = async (search: string): Promise<number> => {
      const { body } = await app.send('GET', `/api/import/users?search=${encodeURIComponent(search)}`, { token });
      return (body as { meta: { total: number } }).meta.total;
    };
    assert.deepEqual(
      await Promise.all([found('zoe'), found('100%'), found('l_n'), found('%'), found('zz')]),
      [1, 1, 1, 1, 0],
    );
  });

  test('are changed in part; a new password ends their sessions but not the one that asks', async () => {
    const { user: owner, token } = await somebody();
    const { user: agent, token: agents } = await somebody({ tenantId: owner.tenantId, role: 'agent' });
    const path = `/api/import/users/${agent.id}`;
    const renamed = await app.send('PUT', path, { token, body: { name: 'New', permissions: ['system.import'] } });
    assert.equal(renamed.status, 200);
    const { user } = renamed.body as { user: Record<string, unknown> };
    assert.deepEqual(
      { name: user['name'], email: user['email'], role: user['role'], permissions: user['permissions'] },
      { name: 'New', email: agent.email, role: 'agent', permissions: ['system.import'] },
    );
    const reset = await app.send('PUT', path, { token, body: { permissions: null, password: 'another-password' } });
    assert.deepEqual((reset.body as { user: { permissions: unknown } }).user.permissions, []);
    assert.equal((await app.send('GET', '/api/import/me', { token: agents })).status, 401);
    assert.ok(await app.login(agent.email, 'another-password'));

    const other = await app.login(owner.email);
    const own = `/api/import/users/${owner.id}`;
    assert.equal((await app.send('PUT', own, { token, body: { password: 'another-password' } })).status, 200);
    assert.equal((await app.send('GET', '/api/import/me', { token })).status, 200);
    assert.equal((await app.send('GET', '/api/import/me', { token: other })).status, 401);
  });

  test('of another tenant do not exist, like those that do not exist', async () => {
    const { token } = await somebody();
    const { user: stranger } = await somebody();
    const missing = [404, { message: 'User not found' }];
    for (const id of [stranger.id, randomUUID(), 'not-a-uuid', '1', `${stranger.id}'`]) {
      const path = `/api/import/users/${encodeURIComponent(id)}`;
      assert.deepEqual(outcome(await app.send('PUT', path, { token, body: { name: 'x' } })), missing);
      assert.deepEqual(outcome(await app.send('DELETE', path, { token })), missing);
    }
    assert.ok(await app.login(stranger.email));
  });

  test('are removed with their sessions and tokens', async () => {
    const { user: owner, token } = await somebody();
    const { user: agent, token: agents } = await somebody({ tenantId: owner.tenantId, role: 'agent' });
    const made = await app.send('POST', '/api/import/tokens', { token: agents, body: { name: 'ci' } });
    const apiToken = (made.body as { token: string }).token;
    assert.deepEqual(outcome(await app.send('DELETE', `/api/import/users/${agent.id}`, { token })), [
      200,
      { message: 'User deleted successfully' },
    ]);
    for (const gone of [agents, apiToken]) {
      assert.equal((await app.send('GET', '/api/import/me', { token: gone })).status, 401);
    }
  });

  test('cannot leave a tenant without an owner, not even two at once', async () => {
    const { user: one, token } = await somebody();
    const path = (id: string): string => `/api/import/users/${id}`;
    const refused = [409, { message: 'The last owner of a tenant can neither be removed nor lose the role.' }];
    assert.deepEqual(outcome(await app.send('DELETE', path(one.id), { token })), refused);
    assert.deepEqual(outcome(await app.send('PUT', path(one.id), { token, body: { role: 'admin' } })), refused);

    const { user: two, token: twos } = await somebody({ tenantId: one.tenantId });
    const answers = await Promise.all([
      app.send('DELETE', path(two.id), { token }),
      app.send('PUT', path(one.id), { token: twos, body: { role: 'agent' } }),
    ]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(await app.orm.em.fork().count(User, { tenantId: one.tenantId, role: 'owner' }), 1);
  });

  test('changed leave an entry in the audit log, without their passwords', async () => {
    const { user: owner, token } = await somebody();
    const body = newUser();
    const made = await app.send('POST', '/api/import/users', { token, headers: { 'X-Request-Id': 'req-7' }, body });
    const { id } = (made.body as { user: { id: string } }).user;
    await app.send('PUT', `/api/import/users/${id}`, { token, body: { role: 'admin', password: 'another-password' } });
    await app.send('DELETE', `/api/import/users/${id}`, { token });
    const entries = await app.orm.em.fork().find(AuditEntry, { subjectId: id }, { orderBy: { id: 'asc' } });
    const { email } = body as { email: string };
    assert.deepEqual(
      entries.map(({ action, userId, tenantId, data }) => ({ action, userId, tenantId, data })),
      [
        { action: 'user.created', data: { email, role: 'agent', permissions: null } },
        { action: 'user.updated', data: { role: 'admin', credentials: 'changed' } },
        { action: 'user.deleted', data: { email, role: 'admin' } },
      ].map((entry) => ({ ...entry, userId: owner.id, tenantId: owner.tenantId })),
    );
    assert.equal(entries[0]?.requestId, 'req-7');
  });
});
