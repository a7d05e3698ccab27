import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sweepFiles } from '../../../src/engine/imports/sweep-files.ts';
import { expireUploads } from '../../../src/engine/migration/expire-uploads.ts';
import { endedJob, said } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';
import { PACKAGES, startMigrations } from './stage.ts';
import type { Migrations } from './stage.ts';

let stage: UniversalApp;
let caller: Caller;
let jobs: Migrations;

before(async () => {
  ({ stage, caller, jobs } = await startMigrations());
  await jobs.bringIn('package', PACKAGES);
});

after(() => stage.close());

test('files of deleted jobs, and of uploads that nobody starts within a day, do not stay in storage', async () => {
  const { orm } = stage.app;
  const deps = { orm, files: stage.files };
  const sql = (statement: string, values: unknown[]): Promise<unknown> => orm.em.fork().execute(statement, values);
  const uploads = async (): Promise<number> => {
    let count = 0;
    for await (const { key } of stage.files.storage.list('uploads/')) if (!key.includes('.')) count++;
    return count;
  };
  // What was deleted before goes first.
  await expireUploads(deps);
  await sweepFiles(deps, -1_000);
  const at = await uploads();
  const file = 'paket_id,nama\nPKG-8,Umroh\n';
  const [old, checked, young] = [
    said((await jobs.upload('package', file))['job_id']),
    said((await jobs.upload('package', file))['job_id']),
    said((await jobs.upload('package', file))['job_id']),
  ];
  const done = said((await jobs.bringIn('package', file))['id']);
  assert.equal((await jobs.ask('POST', `/${checked}/validate`)).status, 200);
  await jobs.until(checked, 'pending');
  for (const id of [old, checked]) {
    await sql(`update "import_migrations" set "created_at" = now() - interval '25 hours' where "id" = ?`, [id]);
  }
  assert.equal(await expireUploads(deps), 0, 'a day, too, passes before the file of an upload that has ended goes');
  assert.deepEqual(await Promise.all([old, checked, young].map(async (id) => (await jobs.status(id))['status'])), [
    'failed',
    'pending',
    'pending',
  ]);
  assert.match(said((await jobs.status(old))['error_message']), /within a day/u);
  assert.equal((await jobs.ask('POST', `/${old}/start`)).status, 400);

  assert.equal((await jobs.ask('DELETE', `/${done}`)).status, 200);
  await sql(`update "import_jobs" set "completed_at" = now() - interval '25 hours' where "id" = ?`, [old]);
  assert.equal(await expireUploads(deps), 2);
  await sweepFiles(deps, -1_000);
  assert.equal(await uploads(), at + 2);
  const retried = await caller.ask('POST', `/jobs/${done}/retry`, {});
  assert.deepEqual([retried.status, retried.body], [400, { message: 'The file of this job is not kept any more.' }]);
  assert.equal((await caller.ask('GET', `/jobs/${done}`)).body['records_imported'], 1);
});

test('rows that are tried again over the universal endpoints count as what they became', async () => {
  const job = await jobs.bringIn('jamaah', 'nama,email,paket_id\nEva,eva@email.com,PKG-1\nFay,fay@email.com,PKG-77\n');
  const id = said(job['id']);
  const counts = ({ status, processed_rows: all, valid_rows: valid, invalid_rows: invalid }: Json): unknown => [
    status,
    all,
    valid,
    invalid,
  ];
  assert.deepEqual(counts(job), ['completed', 2, 1, 1]);
  const again = async (): Promise<Json> => {
    const { status, body } = await caller.ask('POST', `/jobs/${id}/retry`, {});
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal((await endedJob(caller, said(body['job']?.['id'])))['status'], 'completed');
    return jobs.status(id);
  };
  const faults = async (): Promise<unknown> => {
    const summary = (await jobs.status(id))['metadata']?.['errorSummary'] ?? {};
    const { body } = await caller.askAt('GET', `/api/v1/onboarding/migration/${id}/errors`);
    return [
      Object.values(summary).reduce((sum, rows) => sum + Number(rows), 0),
      said(body).trim().split('\n').length - 1,
    ];
  };
  // Tried in vain, it is one fault still.
  assert.deepEqual(counts(await again()), ['completed', 2, 1, 1]);
  assert.deepEqual(await faults(), [1, 1]);
  await jobs.bringIn('package', 'paket_id,nama\nPKG-77,Umroh\n');
  assert.deepEqual(counts(await again()), ['completed', 2, 2, 0]);
  assert.deepEqual(await faults(), [0, 0]);
});

test('a rollback takes back what a retry brought in, too, and names what it kept', async () => {
  const file = 'nama,email,paket_id\nGus,gus@email.com,PKG-1\nHan,han@email.com,PKG-5\nIda,ida@email.com,PKG-5\n';
  const id = said((await jobs.bringIn('jamaah', file))['id']);
  await jobs.bringIn('package', 'paket_id,nama\nPKG-5,Umroh\n');
  const { body: retried } = await caller.ask('POST', `/jobs/${id}/retry`, {});
  const retry = said(retried['job']?.['id']);
  await endedJob(caller, retry);
  const mine = async (): Promise<string[]> =>
    (await jobs.records('jamaah'))
      .map(({ email }) => said(email))
      .filter((email) => /^(gus|han|ida)@/u.test(email))
      .toSorted();
  assert.deepEqual(await mine(), ['gus@email.com', 'han@email.com', 'ida@email.com']);
  const ida = (await jobs.records('jamaah')).find(({ email }) => said(email) === 'ida@email.com');
  const edit = await caller.ask('PATCH', `/targets/jamaah/records/${said(ida?.['id'])}`, { status: 'aktif' });
  assert.equal(edit.status, 200, JSON.stringify(edit.body));

  // Whoever was not answered asks again: what is undone already is not undone twice.
  const confirmation = { understood_consequences: true, backup_created: true };
  const undone = await caller.ask('POST', `/jobs/${retry}/rollback`, { rollback_options: {}, confirmation });
  assert.equal(undone.status, 201, JSON.stringify(undone.body));
  await endedJob(caller, said(undone.body['rollback_job']?.['id']));
  assert.equal((await jobs.status(id))['status'], 'completed');

  const { status, body } = await jobs.ask('POST', `/${id}/rollback`);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(await mine(), ['ida@email.com']);
  const { rollback_job_ids: by, outcomes } = body['job'] as Json;
  assert.deepEqual(outcomes, { reversed: 2, kept_edited: 1, kept_referenced: 0, kept_superseded: 0, failed: 0 });
  const kept = await Promise.all(
    (by as unknown as readonly string[]).map(async (job) => {
      const { body: rows } = await caller.ask('GET', `/rollback/${job}/records?outcome=kept_edited`);
      return (rows['data'] as unknown as readonly Json[]).map(({ source_identifier: row }) => row);
    }),
  );
  assert.deepEqual(kept, [['ida@email.com'], []]);
  assert.equal((await jobs.status(id))['status'], 'rolled_back');
});
