import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeSource, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from '../universal/universal-app.ts';
import { migrationsOf, putPackages } from './stage.ts';

let stage: UniversalApp;
let caller: Caller;
let source: SourceDatabase;

before(async () => {
  stage = await startUniversal({ worker: true });
  caller = await stage.join({ role: 'owner' });
  source = await makeSource([
    `create table pilgrims (id integer primary key, name text, mail text, package text)`,
    `insert into pilgrims values (1, 'Ahmad', 'ahmad@email.com', 'PKG-1'), (2, 'Siti', 'siti@email.com', 'PKG-2'),
       (3, 'Budi', 'budi@email.com', 'PKG-9')`,
  ]);
});

after(async () => {
  await stage.close();
  await source.drop();
});

test('rows of a database become pilgrims that a file then updates, and the other way round', async () => {
  await putPackages(stage.app.orm, caller.user.tenantId);
  const jobs = migrationsOf(caller);
  await jobs.bringIn('jamaah', 'nama,email,paket_id\nSiti A.,siti@email.com,PKG-1\n');
  const made = await caller.ask('POST', '/profiles', { name: 'Travel', ...source.fields });
  const profile = said(made.body['profile']?.['id']);
  const saved = await caller.ask('POST', `/profiles/${profile}/queries`, {
    base_table: 'pilgrims',
    fields: [
      { source: 'pilgrims.name', target: 'nama' },
      { source: 'pilgrims.mail', target: 'email' },
      { source: 'pilgrims.package', target: 'paket_id' },
    ],
    target_type: 'jamaah',
  });
  assert.equal(saved.status, 200, JSON.stringify(saved.body));
  const run = async (): Promise<unknown> => {
    const { body } = await caller.ask('POST', '/jobs', { profile_id: profile });
    const id = said(body['job']?.['id']);
    for (;;) {
      const { body: job } = await caller.ask('GET', `/jobs/${id}`);
      if (['completed', 'failed'].includes(said(job['status'])))
        return [job['status'], job['records_imported'], job['records_skipped'], job['records_failed']];
      await delay(50);
    }
  };
  // Siti was there; Budi's package is not.
  assert.deepEqual(await run(), ['completed', 2, 0, 1]);
  assert.deepEqual(await run(), ['completed', 0, 2, 1]);
  await jobs.bringIn('jamaah', 'nama,email,paket_id\nAhmad Rizki,ahmad@email.com,PKG-2\n');
  const records = await jobs.records('jamaah');
  assert.deepEqual(
    records.map((record) => [record['nama'], record['email'], record['paket_id']]),
    [
      ['Siti', 'siti@email.com', 'PKG-2'],
      ['Ahmad Rizki', 'ahmad@email.com', 'PKG-2'],
    ],
  );
});
