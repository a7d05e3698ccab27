import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createAccess } from '../../../src/engine/access/index.ts';
import type { Access } from '../../../src/engine/access/index.ts';
import { AuditEntry } from '../../../src/store/entities/audit-entry.ts';
import { Session } from '../../../src/store/entities/session.ts';
import { openStore } from '../../../src/store/orm.ts';
import { createSealer } from '../../../src/platform/sealing.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { PASSWORD, actorFor, makeActor, makeUser } from '../../support/factories.ts';

const SECRET_KEY = 'a secret key that only tests know';
const ADDRESS = '192.0.2.1';

let database: TestDatabase;
let orm: MikroORM;
let access: Access;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 8);
  access = createAccess({ orm, sealer: createSealer(SECRET_KEY), secretKey: SECRET_KEY, rateLimits: 'documented' });
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

describe('logging in', () => {
  test('opens a session whose access token and cookie bring the same actor', async () => {
    const user = await makeUser(orm);
    const session = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const actor = await actorFor(orm, user);

    const byBearer = await access.authenticate({ bearer: session.accessToken, cookie: null });
    const byCookie = await access.authenticate({ bearer: null, cookie: session.cookie });
    assert.deepEqual(byBearer?.actor, actor);
    assert.deepEqual(byCookie, byBearer);
  });

  test('takes an e-mail however it is cased', async () => {
    const user = await makeUser(orm, { email: 'Grace.Hopper@Example.com' });
    const session = await access.logIn({ email: 'grace.hopper@EXAMPLE.com', password: PASSWORD, address: ADDRESS });
    const identity = await access.authenticate({ bearer: session.accessToken, cookie: null });
    assert.equal(identity?.actor.userId, user.id);
  });

  test('answers a wrong password and an unknown e-mail with the same error', async () => {
    const user = await makeUser(orm);
    const failures = await Promise.allSettled([
      access.logIn({ email: user.email, password: 'wrong', address: ADDRESS }),
      access.logIn({ email: 'nobody@example.com', password: 'wrong', address: ADDRESS }),
    ]);
    const told = failures.map((failure) => failure.status === 'rejected' && describeError(failure.reason));
    const expected = { code: 'unauthenticated', message: 'These credentials do not match our records.', details: {} };
    assert.deepEqual(told, [expected, expected]);
  });

  test('stores neither token nor cookie nor password, only hashes', async () => {
    const user = await makeUser(orm);
    const session = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const stored: { text: string }[] = await orm.em.fork().execute(
      `select jsonb_agg(to_jsonb(r))::text as "text" from (
         select to_jsonb(u) from "users" u union all select to_jsonb(s) from "sessions" s
         union all select to_jsonb(a) from "audit_entries" a
       ) r`,
    );
    for (const secret of [session.accessToken, session.refreshToken, session.cookie, PASSWORD]) {
      assert.equal(stored[0]?.text.includes(secret), false);
    }
  });

  test('is written into the audit log with its address', async () => {
    const user = await makeUser(orm);
    await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const entries = await orm.em.fork().find(AuditEntry, { userId: user.id });
    assert.deepEqual(
      entries.map(({ action, tenantId, userEmail, data }) => ({ action, tenantId, userEmail, data })),
      [{ action: 'session.opened', tenantId: user.tenantId, userEmail: user.email, data: { address: ADDRESS } }],
    );
  });
});

describe('guessing passwords', () => {
  test('is refused after twenty attempts at one e-mail, with the right password too', async () => {
    const user = await makeUser(orm);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await assert.rejects(access.logIn({ email: user.email, password: 'wrong', address: '192.0.2.20' }), {
        code: 'unauthenticated',
      });
    }
    const refused = await access
      .logIn({ email: user.email.toUpperCase(), password: PASSWORD, address: '192.0.2.21' })
      .catch(describeError);
    assert.equal('code' in refused && refused.code, 'rate_limited');
    const { limit, remaining, retryAfter } = 'details' in refused ? refused.details : {};
    assert.deepEqual({ limit, remaining }, { limit: 20, remaining: 0 });
    assert.ok(typeof retryAfter === 'number' && retryAfter > 0 && retryAfter <= 300);
  });

  test('is forgiven by a right one in between', async () => {
    const user = await makeUser(orm);
    for (let round = 0; round < 3; round += 1) {
      for (let attempt = 0; attempt < 9; attempt += 1) {
        await assert.rejects(access.logIn({ email: user.email, password: 'wrong', address: '192.0.2.30' }), {
          code: 'unauthenticated',
        });
      }
      assert.ok(await access.logIn({ email: user.email, password: PASSWORD, address: '192.0.2.30' }));
    }
  });

  test('is refused after a hundred attempts from one address at whatever e-mail', async () => {
    const attempts = Array.from({ length: 101 }, (_, index) =>
      access.logIn({ email: `nobody-${index}@example.com`, password: 'x', address: '192.0.2.40' }).catch(describeError),
    );
    const codes = (await Promise.all(attempts)).map((outcome) => ('code' in outcome ? String(outcome.code) : 'opened'));
    assert.deepEqual(
      Object.entries(Object.groupBy(codes, (code) => code)).map(([code, all]) => [code, all?.length]),
      [
        ['unauthenticated', 100],
        ['rate_limited', 1],
      ],
    );
  });
});

describe('refreshing', () => {
  test('gives new tokens of the same session, once', async () => {
    const user = await makeUser(orm);
    const first = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const second = await access.refreshSession(first.refreshToken);
    const third = await access.refreshSession(second.refreshToken);
    const identities = await Promise.all(
      [first, second, third].map(({ accessToken }) => access.authenticate({ bearer: accessToken, cookie: null })),
    );
    assert.equal(new Set(identities.map((identity) => identity?.sessionId)).size, 1);
    assert.notEqual(first.refreshToken, second.refreshToken);
  });

  test('with a token used before ends the whole session: access tokens, refresh tokens and cookie', async () => {
    const user = await makeUser(orm);
    const opened = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const refreshed = await access.refreshSession(opened.refreshToken);

    await assert.rejects(access.refreshSession(opened.refreshToken), { code: 'unauthenticated' });
    await assert.rejects(access.refreshSession(refreshed.refreshToken), { code: 'unauthenticated' });
    assert.equal(await access.authenticate({ bearer: refreshed.accessToken, cookie: null }), null);
    assert.equal(await access.authenticate({ bearer: null, cookie: opened.cookie }), null);
    const session = await orm.em.fork().findOneOrFail(Session, { userId: user.id });
    assert.equal(session.revokedBecause, 'refresh_token_reused');
  });

  test('with one token twice at once succeeds at most once', async () => {
    const user = await makeUser(orm);
    const { refreshToken } = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => access.refreshSession(refreshToken)));
    assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  });

  test('takes neither an access token nor one signed with another key', async () => {
    const user = await makeUser(orm);
    const { accessToken } = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    const other = createAccess({ orm, sealer: createSealer('x'), secretKey: 'another key', rateLimits: 'off' });
    const foreign = await other.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    for (const token of [accessToken, foreign.refreshToken, '', 'nonsense']) {
      await assert.rejects(access.refreshSession(token), { code: 'unauthenticated' });
    }
    assert.equal(await access.authenticate({ bearer: foreign.accessToken, cookie: null }), null);
    assert.equal(await access.authenticate({ bearer: foreign.refreshToken, cookie: null }), null);
  });
});

describe('logging out', () => {
  test('ends the session at once, by the session itself or by a refresh token of it', async () => {
    const user = await makeUser(orm);
    const login = { email: user.email, password: PASSWORD, address: ADDRESS };
    const [one, two] = [await access.logIn(login), await access.logIn(login)];
    const identity = await access.authenticate({ bearer: one.accessToken, cookie: null });

    assert.equal(await access.logOut({ sessionId: identity?.sessionId ?? null, refreshToken: null }), true);
    assert.equal(await access.authenticate({ bearer: one.accessToken, cookie: null }), null);
    assert.ok(await access.authenticate({ bearer: two.accessToken, cookie: null }));

    assert.equal(await access.logOut({ sessionId: null, refreshToken: two.refreshToken }), true);
    assert.equal(await access.authenticate({ bearer: null, cookie: two.cookie }), null);
    assert.equal(await access.logOut({ sessionId: null, refreshToken: two.refreshToken }), false);
  });
});

describe('what a session is good for', () => {
  test('ends when its user is removed or its time is over', async () => {
    const owner = await makeActor(orm);
    const user = await makeUser(orm, { tenantId: owner.tenantId, role: 'agent' });
    const login = { email: user.email, password: PASSWORD, address: ADDRESS };
    const session = await access.logIn(login);
    await orm.em.fork().nativeUpdate(Session, { userId: user.id }, { expiresAt: new Date(Date.now() - 1000) });
    assert.equal(await access.authenticate({ bearer: session.accessToken, cookie: null }), null);
    await assert.rejects(access.refreshSession(session.refreshToken), { code: 'unauthenticated' });

    const again = await access.logIn(login);
    await access.deleteUser(owner, { id: user.id });
    assert.equal(await access.authenticate({ bearer: again.accessToken, cookie: null }), null);
    assert.equal(await access.authenticate({ bearer: null, cookie: again.cookie }), null);
  });

  test('follows a change of role at once', async () => {
    const owner = await makeActor(orm);
    const user = await makeUser(orm, { tenantId: owner.tenantId, role: 'agent' });
    const session = await access.logIn({ email: user.email, password: PASSWORD, address: ADDRESS });
    await access.updateUser(owner, { id: user.id, role: 'admin', sessionId: null });
    const identity = await access.authenticate({ bearer: session.accessToken, cookie: null });
    assert.deepEqual(identity?.actor.permissions, ['system.import', 'pages.import.manage']);
  });
});

interface ToldError {
  readonly code: unknown;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function describeError(error: Error & { code?: unknown; details?: Record<string, unknown> }): ToldError {
  return { code: error.code, message: error.message, details: error.details ?? {} };
}
