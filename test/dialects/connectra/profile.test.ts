import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contactUuid } from '../../../src/rows/directory-uuid.ts';
import { ok } from './directory-stage.ts';
import { endedJob, listed, makeSource, said, startUniversal } from '../universal/universal-app.ts';
import type { SourceDatabase, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
let source: SourceDatabase;
before(async () => {
  stage = await startUniversal({ worker: true });
  source = await makeSource([
    `create table people (id integer primary key, first text, last text, land text, teams text[], mail text)`,
    `insert into people values
       (1, ' Ada', 'Lovelace', 'United  Kingdom', '{Maths,"a, b"}', 'ADA@example.com'),
       (2, 'ADA', 'lovelace', null, null, null),
       (3, 'Bo', null, 'Spain', '{}', 'bo@example.com'),
       (4, null, ' ', 'Spain', null, null)`,
  ]);
});
after(async () => {
  await stage.close();
  await source.drop();
});

test('a database’s people become contacts: planned, applied, certified, met again', async () => {
  const caller = await stage.join();
  const { profile } = await ok(caller, 'POST', '/api/import/profiles', { name: 'People', ...source.fields });
  const fields = Object.entries({
    first: 'first_name',
    last: 'last_name',
    land: 'country',
    teams: 'departments',
    mail: 'email',
  }).map(([column, target]) => ({ source: `people.${column}`, target }));
  await ok(caller, 'POST', `/api/import/profiles/${said(profile?.['id'])}/queries`, {
    base_table: 'people',
    fields,
    target_type: 'contacts',
  });
  await ok(caller, 'POST', '/contacts/batch-upsert', [{ first_name: 'Bo', title: 'Boss', email: 'old@example.com' }]);

  const { plan } = await ok(caller, 'POST', '/api/import/plans', { profile_id: said(profile?.['id']) });
  await endedJob(caller, said(plan?.['id']));
  const planned = await ok(caller, 'GET', `/api/import/plans/${said(plan?.['id'])}`);
  assert.deepEqual(planned['plan']?.['summary'], { create: 1, update: 2, skip: 0, fail: 1, review: 0, drifted: 0 });
  const { job } = await ok(caller, 'POST', `/api/import/plans/${said(plan?.['id'])}/apply`);
  const id = said(job?.['id']);
  assert.equal((await endedJob(caller, id))['status'], 'completed');

  const shown = async (): Promise<unknown> => {
    const { data } = await ok(caller, 'POST', '/contacts/', {
      order_by: [{ order_by: 'first_name' }],
      select_columns: ['uuid', 'first_name', 'last_name', 'country', 'departments', 'email', 'title'],
    });
    return listed(data).map(({ cursor: _cursor, ...row }) => row);
  };
  const expected = [
    {
      uuid: contactUuid({ first_name: 'ada', last_name: 'lovelace' }),
      first_name: 'ADA',
      last_name: 'lovelace',
      country: 'united kingdom',
      departments: ['Maths', 'a, b'],
      email: 'ada@example.com',
      title: null,
    },
    {
      uuid: contactUuid({ first_name: 'Bo' }),
      first_name: 'Bo',
      last_name: null,
      country: 'spain',
      departments: null,
      email: 'bo@example.com',
      title: 'Boss',
    },
  ];
  assert.deepEqual(await shown(), expected);
  const { certificate } = await ok(caller, 'GET', `/api/import/jobs/${id}/certificate`);
  assert.equal(certificate?.['balanced'], true, JSON.stringify(certificate));

  const again = await ok(caller, 'POST', `/api/import/profiles/${said(profile?.['id'])}/import`, {});
  const second = await endedJob(caller, said(again['job']?.['id']));
  assert.deepEqual(
    [second['records_processed'], second['records_failed'], second['status']],
    [4, 1, 'completed'],
    JSON.stringify(second),
  );
  assert.deepEqual(await shown(), expected);
});
