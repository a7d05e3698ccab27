import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { MikroORM } from '@mikro-orm/postgresql';
import { ensureFirstUser } from '../../../src/engine/access/ensure-first-user.ts';
import { createAccess } from '../../../src/engine/access/index.ts';
import { createSealer } from '../../../src/platform/sealing.ts';
import { User } from '../../../src/store/entities/user.ts';
import { openStore } from '../../../src/store/orm.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

const EMAIL = 'admin@localhost';

let database: TestDatabase;
let orm: MikroORM;
let home: string;
let passwordFile: string;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 8);
});

beforeEach(async (context) => {
  await orm.em.fork().execute('truncate "tenants" cascade');
  home = await mkdtemp(join(tmpdir(), 'first-user-'));
  passwordFile = join(home, 'state', 'admin-password');
  if ('after' in context) context.after(() => rm(home, { recursive: true }));
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

async function canLogIn(password: string): Promise<boolean> {
  const access = createAccess({ orm, sealer: createSealer('k'), secretKey: 'k', rateLimits: 'off' });
  return access.logIn({ email: EMAIL, password, address: '127.0.0.1' }).then(
    () => true,
    () => false,
  );
}

test('a random password is told once and kept in a file only its owner can read', async () => {
  const { created, password } = await ensureFirstUser({ orm }, { email: EMAIL, password: null, passwordFile });
  assert.equal(created, true);
  assert.ok(password !== undefined && password.length >= 20);
  assert.equal(await readFile(passwordFile, 'utf8'), `${password}\n`);
  assert.equal((await stat(passwordFile)).mode & 0o777, 0o600);
  assert.equal(await canLogIn(password), true);
  const again = await ensureFirstUser({ orm }, { email: EMAIL, password: null, passwordFile });
  assert.deepEqual(again, { created: false });
});

test('a password file left open to others by somebody else ends up closed', async () => {
  passwordFile = join(home, 'admin-password');
  await writeFile(passwordFile, 'old', { mode: 0o644 });
  await ensureFirstUser({ orm }, { email: EMAIL, password: null, passwordFile });
  assert.equal((await stat(passwordFile)).mode & 0o777, 0o600);
});

test('the first user is owner and super admin of the tenant Default', async () => {
  await ensureFirstUser({ orm }, { email: EMAIL, password: 'given by the operator', passwordFile });
  const rows: unknown[] = await orm.em.fork().execute(
    `select u."email", u."role", u."permissions", u."super_admin", t."name" as "tenant"
     from "users" u join "tenants" t on t."id" = u."tenant_id"`,
  );
  assert.deepEqual(rows, [{ email: EMAIL, role: 'owner', permissions: null, super_admin: true, tenant: 'Default' }]);
});

test('a given password is written nowhere, and another one later changes nothing', async () => {
  const given = { email: EMAIL, password: 'given by the operator', passwordFile };
  assert.deepEqual(await ensureFirstUser({ orm }, given), { created: true });
  await assert.rejects(stat(passwordFile), { code: 'ENOENT' });
  assert.deepEqual(await ensureFirstUser({ orm }, { ...given, password: 'another one' }), { created: false });
  assert.equal(await canLogIn('another one'), false);
  assert.equal(await canLogIn('given by the operator'), true);
});

test('of many processes that start at once one makes the user', async () => {
  const results = await Promise.all(
    Array.from({ length: 6 }, () => ensureFirstUser({ orm }, { email: EMAIL, password: null, passwordFile })),
  );
  assert.equal(results.filter(({ created }) => created).length, 1);
  assert.equal(await orm.em.fork().count(User, {}), 1);
});

test('a password that cannot be kept leaves no user behind', async () => {
  await writeFile(join(home, 'state'), 'a file where a folder is needed');
  await assert.rejects(ensureFirstUser({ orm }, { email: EMAIL, password: null, passwordFile }));
  assert.equal(await orm.em.fork().count(User, {}), 0);
});
