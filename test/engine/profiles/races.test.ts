import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Actor } from '../../../src/domain/actor.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { createProfile } from '../../../src/engine/profiles/create-profile.ts';
import { deleteProfile } from '../../../src/engine/profiles/delete-profile.ts';
import { getProfile, listProfiles } from '../../../src/engine/profiles/find-profiles.ts';
import { importProfile } from '../../../src/engine/profiles/profile-file.ts';
import { testProfile } from '../../../src/engine/profiles/test-profile.ts';
import { updateProfile } from '../../../src/engine/profiles/update-profile.ts';
import { createOutboundGuard } from '../../../src/platform/outbound-guard.ts';
import { parseOutboundRules } from '../../../src/platform/outbound-rules.ts';
import { createSealer } from '../../../src/platform/sealing.ts';
import { openStore } from '../../../src/store/orm.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { makeActor } from '../../support/factories.ts';

let database: TestDatabase;
let orm: MikroORM;
let actor: Actor;
const sealer = createSealer('tests');
const guard = createOutboundGuard(parseOutboundRules('127.0.0.0/8').rules);

const INPUT = {
  name: 'Raced',
  databaseType: 'postgresql',
  host: '127.0.0.1',
  port: 1,
  database: 'd',
  username: 'u',
  password: 'p',
  sslMode: 'disable',
  description: null,
  notes: null,
} as const;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 10);
  actor = await makeActor(orm);
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

test('a file that is imported by several at once makes one profile', async () => {
  const { password: _, ...fields } = INPUT;
  const file = { ...fields, name: 'From a file', template: null, queries: {} };
  const results = await Promise.all(Array.from({ length: 6 }, () => importProfile({ orm, sealer }, actor, file, null)));
  assert.equal(results.filter(({ created }) => created).length, 1);
  const { total } = await listProfiles({ orm }, actor, { search: 'From a file', page: 1, perPage: 10 });
  assert.equal(total, 1);
});

test('a test of a connection that was changed meanwhile says nothing about the profile', async () => {
  // A server that takes the connection and then waits to be told to end it.
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { id } = await createProfile({ orm, sealer }, actor, { ...INPUT, port: address.port });
  const connected = once(server, 'connection');
  const tested = testProfile({ orm, guard, sealer }, actor, id, new AbortController().signal);
  const [socket]: net.Socket[] = await connected;
  await updateProfile({ orm, sealer }, actor, id, { port: 2, password: 'again' });
  socket?.destroy();
  server.close();
  assert.equal((await tested).success, false);
  const profile = await getProfile({ orm }, actor, id);
  assert.deepEqual([profile.connectionStatus, profile.lastTestResult], ['untested', null]);
});

test('a profile is not deleted under a job that is just being made', async () => {
  const { id } = await createProfile({ orm, sealer }, actor, INPUT);
  const made = Promise.withResolvers<void>();
  const committed = Promise.withResolvers<void>();
  const making = orm.em.fork().transactional(async (em) => {
    await em.execute(
      `insert into "import_jobs" ("id", "tenant_id", "kind", "status", "profile_id", "options", "mode", "targets")
       values (?, ?, 'import', 'pending', ?, '{}', '{}', '[]')`,
      [randomUUID(), actor.tenantId, id],
    );
    made.resolve();
    await committed.promise;
  });
  await made.promise;
  const refused = assert.rejects(
    deleteProfile({ orm }, actor, id),
    (error) => error instanceof AppError && error.code === 'wrong_state' && error.details['runningJobs'] === 1,
  );
  committed.resolve();
  await making;
  await refused;
});
