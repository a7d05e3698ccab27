import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { contactUuid } from '../../../src/rows/directory-uuid.ts';
import { ok } from './directory-stage.ts';
import { endedJob, listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
before(async () => {
  stage = await startUniversal({ worker: true });
});
after(() => stage.close());

/** The id of the job that was made last. */
async function lastJob(caller: Caller): Promise<string> {
  const { data } = await ok(caller, 'GET', '/api/import/jobs?per_page=1');
  return said(listed(data)[0]?.['id']);
}

async function upsert(caller: Caller, rows: readonly object[]): Promise<string> {
  await ok(caller, 'POST', '/contacts/batch-upsert', rows);
  return lastJob(caller);
}

/** Rolls a job back and says what became of its rows. */
async function rollBack(caller: Caller, id: string): Promise<{ id: string; outcomes: unknown[] }> {
  await ok(caller, 'POST', `/api/import/jobs/${id}/rollback`, {
    rollback_options: { target_actions: ['created', 'updated'], preserve_relationships: true },
    confirmation: { understood_consequences: true, backup_created: true },
  });
  const rollback = await lastJob(caller);
  assert.equal((await endedJob(caller, rollback))['status'], 'completed');
  const { data } = await ok(caller, 'GET', `/api/import/rollback/${rollback}/records`);
  return { id: rollback, outcomes: listed(data).map(({ row_number: row, outcome }) => [row, outcome]) };
}

async function titles(caller: Caller): Promise<unknown> {
  const { data } = await ok(caller, 'POST', '/contacts/', {
    order_by: [{ order_by: 'first_name' }],
    select_columns: ['first_name', 'title', 'departments'],
  });
  return listed(data).map(({ first_name: name, title, departments }) => [name, title, departments]);
}

describe('a batch', () => {
  test('is undone like any import, whatever another tenant, another target or a person did to what has the same id', async () => {
    const [ours, theirs] = [await stage.join(), await stage.join()];
    const [ada, bo] = [contactUuid({ first_name: 'Ada' }), contactUuid({ first_name: 'Bo' })];
    const created = await upsert(ours, [
      { first_name: 'Ada', title: 'A', departments: ['Maths', 'a "b", {c}'] },
      { first_name: 'Bo', title: 'B' },
    ]);
    await upsert(theirs, [{ first_name: 'Ada', title: 'Theirs' }]);
    const updated = await upsert(ours, [
      { first_name: 'Ada', title: 'A2', departments: null },
      { first_name: 'Bo', title: 'B2' },
    ]);
    const last = await upsert(theirs, [{ first_name: 'Ada', title: 'Theirs, later' }]);
    await ok(ours, 'POST', '/companies/batch-upsert', [{ uuid: ada, name: 'A company of the same id' }]);
    await ok(ours, 'PATCH', `/api/import/targets/contacts/records/${bo}`, { title: 'Edited' });

    const rollback = await rollBack(ours, updated);
    assert.deepEqual(rollback.outcomes, [
      [1, 'reversed'],
      [2, 'kept_edited'],
    ]);
    assert.deepEqual(await titles(ours), [
      ['Ada', 'A', ['Maths', 'a "b", {c}']],
      ['Bo', 'Edited', null],
    ]);
    const redo = await rollBack(ours, rollback.id);
    assert.deepEqual(redo.outcomes, [[1, 'reversed']]);
    assert.deepEqual(await titles(ours), [
      ['Ada', 'A2', null],
      ['Bo', 'Edited', null],
    ]);
    await rollBack(ours, updated);
    assert.deepEqual((await rollBack(ours, created)).outcomes, [
      [1, 'reversed'],
      [2, 'kept_superseded'],
    ]);
    assert.deepEqual(await titles(ours), [['Bo', 'Edited', null]]);
    assert.deepEqual(await titles(theirs), [['Ada', 'Theirs, later', null]]);
    const { certificate } = await ok(theirs, 'GET', `/api/import/jobs/${last}/certificate`);
    assert.equal(certificate?.['balanced'], true);
    const { data } = await ok(ours, 'POST', '/companies/count', {});
    assert.equal(data, undefined);
    const { history } = await ok(theirs, 'GET', `/api/import/targets/contacts/records/${ada}`);
    assert.deepEqual(
      listed(history).map(({ action }) => action),
      ['created', 'updated'],
    );
  });
});

describe('a file', () => {
  test('is imported into the directory by its rules, met again by what identifies people, and undone', async () => {
    const caller = await stage.join();
    await ok(caller, 'POST', '/api/v1/importers', {
      name: 'People',
      target: 'contacts',
      schema: {
        fields: ['first_name', 'last_name', 'country', 'departments', 'title', 'company_id'].map((name) => ({
          name,
          type: 'string',
        })),
      },
    });
    const before = await upsert(caller, [{ first_name: 'ada', last_name: 'Lovelace', title: 'Countess' }]);
    const csv = [
      'first_name,last_name,country,departments,title,company_id',
      'Ada,LOVELACE, United  Kingdom ,"Maths, Poetry",,',
      'Bo,,,,B,c3d4e5f6-a7b8-9012-cdef-123456789012',
      ',,Spain,,Nobody,',
      'Cy,,,,,no uuid',
    ].join('\n');
    const form = new FormData();
    form.set('file', new Blob([csv]), 'people.csv');
    const { status, body } = await caller.askV1('POST', '/ingest/upload/people', form);
    assert.equal(status, 202, JSON.stringify(body));
    const job = await lastJob(caller);
    assert.equal((await endedJob(caller, job))['status'], 'completed');
    assert.deepEqual(await titles(caller), [
      ['Ada', 'Countess', ['Maths', 'Poetry']],
      ['Bo', 'B', null],
    ]);
    const { data: issues } = await ok(caller, 'GET', `/api/import/jobs/${job}/issues`);
    assert.deepEqual(
      listed(issues).map(({ row_number: row, field, code }) => [row, field, code]),
      [
        [3, null, 'missing_required'],
        [4, 'company_id', 'invalid_format'],
      ],
    );
    assert.deepEqual((await rollBack(caller, job)).outcomes, [
      [1, 'reversed'],
      [2, 'reversed'],
    ]);
    assert.deepEqual(await titles(caller), [['ada', 'Countess', null]]);
    assert.deepEqual((await rollBack(caller, before)).outcomes, [[1, 'reversed']]);
  });
});
