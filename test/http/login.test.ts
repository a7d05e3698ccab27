import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestApp } from '../support/app.ts';
import type { TestApp } from '../support/app.ts';
import { PASSWORD, makeUser } from '../support/factories.ts';

const UNAUTHENTICATED = { message: 'Unauthenticated.' };

let app: TestApp;

before(async () => {
  app = await startTestApp();
});

after(() => app.close());

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
}

async function logIn(email: string): Promise<{ tokens: Tokens; cookie: string; setCookie: string }> {
  const { status, headers, body } = await app.send('POST', '/api/v1/auth/login', {
    body: { email, password: PASSWORD },
  });
  assert.equal(status, 200);
  const [setCookie = ''] = headers.getSetCookie();
  return { tokens: body as Tokens, cookie: setCookie.split(';')[0] ?? '', setCookie };
}

describe('POST /api/v1/auth/login', () => {
  test('gives tokens and a cookie that scripts cannot read and other sites cannot send along', async () => {
    const user = await makeUser(app.orm);
    const { tokens, setCookie } = await logIn(user.email);
    assert.deepEqual(Object.keys(tokens), ['access_token', 'refresh_token', 'token_type']);
    assert.equal(tokens.token_type, 'bearer');
    assert.match(setCookie, /^lading_session=[\w-]{43}; Expires=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/u);
    const expires = Date.parse(/Expires=([^;]+)/u.exec(setCookie)?.[1] ?? '');
    assert.ok(expires > Date.now() + 29 * 86_400_000);
  });

  test('marks the cookie Secure behind TLS', async () => {
    const user = await makeUser(app.orm);
    const { headers } = await app.send('POST', '/api/v1/auth/login', {
      headers: { 'X-Forwarded-Proto': 'https' },
      body: { email: user.email, password: PASSWORD },
    });
    assert.match(headers.getSetCookie()[0] ?? '', /; Secure$/u);
  });

  test('answers a wrong password and a wrong e-mail alike', async () => {
    const user = await makeUser(app.orm);
    const wrongPassword = await app.send('POST', '/api/v1/auth/login', { body: { email: user.email, password: 'no' } });
    const wrongEmail = await app.send('POST', '/api/v1/auth/login', {
      body: { email: 'no@no.no', password: PASSWORD },
    });
    assert.equal(wrongPassword.status, 401);
    assert.deepEqual(wrongPassword.body, { detail: 'These credentials do not match our records.' });
    assert.deepEqual([wrongEmail.status, wrongEmail.body], [wrongPassword.status, wrongPassword.body]);
  });

  test('names every missing field', async () => {
    const { status, body } = await app.send('POST', '/api/v1/auth/login', { body: {} });
    assert.equal(status, 422);
    assert.deepEqual(body, {
      detail: [
        { loc: ['body', 'email'], msg: 'The email field is required.', type: 'value_error' },
        { loc: ['body', 'password'], msg: 'The password field is required.', type: 'value_error' },
      ],
    });
  });
});

describe('credentials', () => {
  test('the bearer token works on every prefix, the cookie under both its names', async () => {
    const user = await makeUser(app.orm, { name: 'Grace' });
    const { tokens, cookie } = await logIn(user.email);
    const ways = [
      { Authorization: `Bearer ${tokens.access_token}` },
      { Authorization: `bearer ${tokens.access_token}` },
      { Cookie: cookie },
      { Cookie: `theme=dark; ${cookie.replace('lading_session', 'laravel_session')}` },
    ];
    for (const headers of ways) {
      const { status, body } = await app.send('GET', '/api/import/me', { headers });
      assert.equal(status, 200);
      assert.deepEqual(body, {
        user: {
          id: user.id,
          name: 'Grace',
          email: user.email,
          role: 'owner',
          permissions: ['system.import', 'system.configure', 'pages.import.manage'],
          tenant: { id: user.tenantId, name: 'Acme' },
        },
      });
    }
  });

  test('that are missing or bad are a 401 that says so, even beside a good cookie', async () => {
    const { cookie, tokens } = await logIn((await makeUser(app.orm)).email);
    const bad = [
      {},
      { Authorization: 'Bearer nonsense', Cookie: cookie },
      { Authorization: `Basic ${tokens.access_token}`, Cookie: cookie },
      { Authorization: 'Bearer lading_nobody-made-this-one' },
      { Cookie: 'lading_session=made-up' },
      { Authorization: `Bearer ${tokens.access_token.slice(0, -2)}xx` },
    ];
    for (const headers of bad) {
      const answer = await app.send('GET', '/api/import/me', { headers: headers as Record<string, string> });
      assert.deepEqual([answer.status, answer.body], [401, UNAUTHENTICATED]);
      assert.equal(answer.headers.get('WWW-Authenticate'), 'Bearer');
    }
  });
});

describe('a cookie alone', () => {
  const create = { name: 'ci' };

  async function post(headers: Record<string, string>): Promise<number> {
    const { cookie } = await logIn((await makeUser(app.orm)).email);
    const given = { Cookie: cookie, ...headers };
    return (await app.send('POST', '/api/import/tokens', { headers: given, body: create })).status;
  }

  test('changes something when the browser says that a page of ours asks', async () => {
    assert.equal(await post({ Origin: app.url }), 201);
    assert.equal(await post({ 'Sec-Fetch-Site': 'same-origin' }), 201);
    assert.equal(await post({ Referer: `${app.url}/console/tokens` }), 201);
  });

  test('changes nothing when it says otherwise or says nothing', async () => {
    assert.equal(await post({}), 403);
    assert.equal(await post({ Origin: 'https://evil.example' }), 403);
    assert.equal(await post({ Origin: 'null' }), 403);
    assert.equal(await post({ Referer: 'https://evil.example/' }), 403);
    assert.equal(await post({ 'Sec-Fetch-Site': 'cross-site' }), 403);
    assert.equal(await post({ 'Sec-Fetch-Site': 'same-site', Origin: app.url }), 403);
    assert.equal(await post({ 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' }), 403);
    assert.equal(await post({ Origin: app.url.replace('127.0.0.1', '127.0.0.1.evil.example') }), 403);
  });

  test('may always read, and a bearer needs no origin', async () => {
    const { cookie, tokens } = await logIn((await makeUser(app.orm)).email);
    const reading = await app.send('GET', '/api/import/tokens', {
      headers: { Cookie: cookie, Origin: 'https://evil.example' },
    });
    assert.equal(reading.status, 200);
    const writing = await app.send('POST', '/api/import/tokens', {
      token: tokens.access_token,
      headers: { Cookie: cookie, Origin: 'https://evil.example' },
      body: create,
    });
    assert.equal(writing.status, 201);
  });
});

describe('POST /api/v1/auth/refresh', () => {
  test('gives new tokens once; the old one again ends the session', async () => {
    const { tokens } = await logIn((await makeUser(app.orm)).email);
    const refresh = (token: string): ReturnType<TestApp['send']> =>
      app.send('POST', '/api/v1/auth/refresh', { body: { refresh_token: token } });
    const renewed = await refresh(tokens.refresh_token);
    assert.equal(renewed.status, 200);
    const fresh = renewed.body as Tokens;
    assert.deepEqual(Object.keys(fresh), ['access_token', 'refresh_token', 'token_type']);
    assert.equal((await app.send('GET', '/api/import/me', { token: fresh.access_token })).status, 200);

    assert.equal((await refresh(tokens.refresh_token)).status, 401);
    assert.equal((await refresh(fresh.refresh_token)).status, 401);
    assert.equal((await app.send('GET', '/api/import/me', { token: fresh.access_token })).status, 401);
  });
});

describe('POST /api/v1/auth/logout', () => {
  test('ends the session of a bearer at once and clears the cookie', async () => {
    const { tokens, cookie } = await logIn((await makeUser(app.orm)).email);
    const { status, body, headers } = await app.send('POST', '/api/v1/auth/logout', { token: tokens.access_token });
    assert.deepEqual([status, body], [200, { message: 'Logged out' }]);
    assert.match(headers.getSetCookie()[0] ?? '', /^lading_session=; Expires=Thu, 01 Jan 1970/u);
    assert.equal((await app.send('GET', '/api/import/me', { token: tokens.access_token })).status, 401);
    assert.equal((await app.send('GET', '/api/import/me', { headers: { Cookie: cookie } })).status, 401);
    const refresh = { body: { refresh_token: tokens.refresh_token } };
    assert.equal((await app.send('POST', '/api/v1/auth/refresh', refresh)).status, 401);
  });

  test('by a cookie needs a page of ours', async () => {
    const { cookie } = await logIn((await makeUser(app.orm)).email);
    const foreign = { Cookie: cookie, Origin: 'https://evil.example' };
    assert.equal((await app.send('POST', '/api/v1/auth/logout', { headers: foreign })).status, 401);
    assert.equal((await app.send('GET', '/api/import/me', { headers: { Cookie: cookie } })).status, 200);
    const own = { Cookie: cookie, Origin: app.url };
    assert.equal((await app.send('POST', '/api/v1/auth/logout', { headers: own })).status, 200);
    assert.equal((await app.send('GET', '/api/import/me', { headers: { Cookie: cookie } })).status, 401);
  });

  test('by a refresh token works when the access token has run out', async () => {
    const { tokens } = await logIn((await makeUser(app.orm)).email);
    const body = { refresh_token: tokens.refresh_token };
    assert.equal((await app.send('POST', '/api/v1/auth/logout', { body })).status, 200);
    assert.equal((await app.send('POST', '/api/v1/auth/logout', { body })).status, 401);
  });
});

test('no log line holds a password, a token or a cookie', async () => {
  const user = await makeUser(app.orm);
  const { tokens, cookie } = await logIn(user.email);
  await app.send('GET', `/api/import/me?token=${tokens.access_token}`, { headers: { Cookie: cookie } });
  const log = JSON.stringify(app.lines);
  for (const secret of [PASSWORD, tokens.access_token, tokens.refresh_token, cookie.split('=')[1] ?? '?']) {
    assert.equal(log.includes(secret), false);
  }
});
