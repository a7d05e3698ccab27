import assert from 'node:assert/strict';
import pg from 'pg';
import { after, before, beforeEach, describe, test } from 'node:test';
import { makeProfile, SKIPPING, startBulk, told, TWINS } from './bulk-stage.ts';
import type { BulkStage } from './bulk-stage.ts';
import { said } from './universal-app.ts';

let stage: BulkStage;

before(async () => {
  stage = await startBulk(TWINS);
});

after(() => stage.close());

beforeEach(async () => {
  await stage.sql(
    'truncate target.customer_users, import_records, import_issues, import_aliases, import_match_counts cascade',
  );
  await stage.onSource('truncate people', `insert into people (id, name, email, company) ${TWINS}`);
});

const approve = (body: object) => stage.owner.ask('POST', '/records/bulk/approve', body);

const IMPORTED = [
  { id: '1', name: 'Ada', email: 'ada@example.com', company: null },
  { id: '4', name: 'Bob', email: 'bob@example.com', company: 'Builders' },
];

describe('POST /records/bulk/approve', () => {
  test('creates a skipped row as a record of its own', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    assert.deepEqual(await stage.people(), IMPORTED);
    const answer = await approve({
      record_ids: await stage.ids(jobId, 2),
      options: { create_missing_targets: true, update_existing_targets: false },
    });
    assert.deepEqual(told(answer), {
      status: 200,
      message: 'Import records approved successfully',
      selected: 1,
      accepted: 1,
      approved: 1,
      left_pending: 0,
      created: 1,
      updated: 0,
      skipped: 0,
      failed: 0,
      unchanged: {},
      jobs: 1,
    });
    assert.deepEqual(await stage.people(), [
      ...IMPORTED,
      { id: '2', name: 'Ada Lovelace', email: 'ADA@example.com', company: 'Engines' },
    ]);
    assert.deepEqual(await stage.reviews(jobId), [
      { row: 2, status: 'approved', verdict: 'distinct', by: stage.owner.user.id },
    ]);
  });

  test('merges a skipped row into the record it duplicates', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const { body } = await approve({
      record_ids: await stage.ids(jobId, 2, 3),
      options: { create_missing_targets: false, update_existing_targets: true },
    });
    assert.deepEqual([body['approved'], body['created'], body['updated']], [2, 0, 2]);
    // Empty values leave what is there.
    assert.deepEqual(await stage.people(), [
      { id: '1', name: 'A. L.', email: 'ada@example.com', company: 'Engines' },
      IMPORTED[1],
    ]);
    assert.deepEqual(
      (await stage.reviews(jobId)).map(({ verdict }) => verdict),
      ['duplicate', 'duplicate'],
    );
    const records = await stage.records(said(body['job']?.['id']));
    assert.deepEqual(
      records.map((record) => [record['row_number'], record['import_action'], record['attempt']]),
      [
        [2, 'updated', 2],
        [3, 'updated', 2],
      ],
    );
  });

  test('takes criteria, and both together for what is in both, as document 000 prints them', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const options = { create_missing_targets: true, update_existing_targets: false };
    const criteria = { job_id: jobId, import_action: 'skipped', confidence_min: 80 };
    const both = await approve({ record_ids: await stage.ids(jobId, 1, 3), criteria, options });
    assert.deepEqual([both.body['selected'], both.body['created'], both.body['unchanged']], [1, 1, {}]);
    const rest = await approve({ criteria, options });
    assert.deepEqual(told(rest), {
      status: 200,
      message: 'Import records approved successfully',
      selected: 2,
      accepted: 1,
      approved: 1,
      left_pending: 0,
      created: 1,
      updated: 0,
      skipped: 0,
      failed: 0,
      unchanged: { already_reviewed: 1 },
      jobs: 1,
    });
    assert.equal((await stage.people()).length, 4);
  });

  test('a second approval of a record changes nothing and says so', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const body = { record_ids: await stage.ids(jobId, 2) };
    assert.equal((await approve(body)).body['approved'], 1);
    const people = await stage.people();
    const jobs = await stage.sql('select id from import_jobs');
    assert.deepEqual(told(await approve(body)), {
      status: 200,
      message: 'There was nothing to approve among these records',
      selected: 1,
      accepted: 0,
      approved: 0,
      left_pending: 0,
      created: 0,
      updated: 0,
      skipped: 0,
      failed: 0,
      unchanged: { already_reviewed: 1 },
      jobs: 0,
    });
    assert.deepEqual(await stage.people(), people);
    assert.deepEqual(await stage.sql('select id from import_jobs'), jobs);
  });

  test('two approvals at once write a row once', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const body = {
      record_ids: await stage.ids(jobId, 2),
      options: { create_missing_targets: true, update_existing_targets: false },
    };
    const answers = await Promise.all(Array.from({ length: 4 }, () => approve(body)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    assert.equal(
      answers.reduce((sum, answer) => sum + Number(answer.body['created']), 0),
      1,
    );
    assert.equal((await stage.people()).length, 3);
  });

  test('a row that the source has changed since is not written, goes on waiting, and says why', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    await stage.sql(
      `update import_records set review_status = 'pending' where action = 'skipped'
       and job_number = (select number from import_jobs where id = ?)`,
      [jobId],
    );
    await stage.onSource(`update people set name = 'Somebody else' where id = 2`, 'delete from people where id = 3');
    const { body } = await approve({ criteria: { job_id: jobId, review_status: 'pending' } });
    assert.deepEqual([body['accepted'], body['approved'], body['left_pending'], body['skipped']], [2, 0, 2, 2]);
    assert.deepEqual(await stage.people(), IMPORTED);
    assert.deepEqual(
      (await stage.reviews(jobId)).map(({ status }) => status),
      ['pending', 'pending'],
    );
    const issues = await stage.owner.ask('GET', `/jobs/${said(body['job']?.['id'])}/issues`);
    assert.deepEqual(
      (issues.body['data'] as unknown as { row_number: number; code: string }[]).map((issue) => [
        issue.row_number,
        issue.code,
      ]),
      [
        [2, 'source_changed'],
        [3, 'source_missing'],
      ],
    );
    // As it was looked at, it comes in.
    await stage.onSource(`update people set name = 'Ada Lovelace' where id = 2`);
    const again = await approve({ record_ids: await stage.ids(jobId, 2) });
    assert.deepEqual([again.body['approved'], again.body['updated']], [1, 1]);
    // What a retry of the import would try again is what failed: nothing did.
    const retry = await stage.owner.ask('POST', `/jobs/${jobId}/retry`);
    assert.equal(retry.status, 400);
  });

  test('what it wrote is known by the next import, and can be undone', async () => {
    const profileId = await makeProfile(stage.owner, stage.source);
    const jobId = await stage.run({ mode: SKIPPING, profileId });
    const { body } = await approve({
      record_ids: await stage.ids(jobId, 2),
      options: { create_missing_targets: true, update_existing_targets: false },
    });
    await approve({ record_ids: await stage.ids(jobId, 3) });
    const people = await stage.people();
    const next = await stage.run({ profileId });
    assert.deepEqual(
      (await stage.records(next)).map((record) => record['import_action']),
      ['skipped', 'skipped', 'skipped', 'skipped'],
    );
    assert.deepEqual(await stage.people(), people);
    const { body: proof } = await stage.owner.ask('GET', `/jobs/${said(body['job']?.['id'])}/certificate`);
    assert.equal(proof['certificate']?.['balanced'], true);
    const undone = await stage.owner.ask('POST', `/jobs/${said(body['job']?.['id'])}/rollback`, {
      confirmation: { understood_consequences: true, backup_created: true },
    });
    await stage.ended(said(undone.body['rollback_job']?.['id']));
    assert.deepEqual((await stage.people()).slice(1), [IMPORTED[1]]);
  });

  test('creates rows that an import which only updates has left out, and counts them in no figures of matches', async () => {
    const jobId = await stage.run({ mode: { import_mode: 'update' } });
    assert.deepEqual(await stage.people(), []);
    const none = await approve({ criteria: { job_id: jobId }, options: { create_missing_targets: false } });
    assert.deepEqual([none.body['approved'], none.body['left_pending']], [0, 4]);
    const { body } = await approve({ criteria: { job_id: jobId } });
    assert.deepEqual([body['approved'], body['created']], [4, 4]);
    assert.equal((await stage.people()).length, 4);
    assert.deepEqual(await stage.sql('select state, records from import_match_counts where records <> 0'), []);
  });

  test('more than a few hundred records are a job', async () => {
    await stage.onSource(
      'truncate people',
      `insert into people (id, name, email) select n, 'Twin ' || n, 'twin@example.com' from generate_series(1, 700) as n`,
    );
    const jobId = await stage.run({ mode: SKIPPING });
    const { status, body } = await approve({
      criteria: { job_id: jobId, has_duplicates: true },
      options: { create_missing_targets: true, update_existing_targets: false },
    });
    assert.equal(status, 202);
    assert.deepEqual([body['message'], body['accepted']], ['Import records are being approved', 699]);
    const made = said(body['job']?.['id']);
    await stage.ended(made);
    const { body: job } = await stage.owner.ask('GET', `/jobs/${made}`);
    assert.deepEqual(
      [job['kind'], job['parent_job_id'], job['records_imported'], job['estimated_total'], job['progress_percentage']],
      ['retry', jobId, 699, 699, 100],
    );
    assert.equal((await stage.people()).length, 700);
  });
});

test('what a cancelled approval left waits for another, and is no matter for a retry', async () => {
  const jobId = await stage.run({ mode: SKIPPING });
  const body = { criteria: { job_id: jobId } };
  const source = new pg.Client({ connectionString: stage.source.url });
  await source.connect();
  await source.query('begin; lock table people in access exclusive mode');
  const asked = approve(body);
  let made: { id: string } | undefined;
  while (!made) [made] = await stage.sql<{ id: string }>(`select id from import_jobs where parent_job_id = ?`, [jobId]);
  const stopped = await stage.owner.ask('POST', `/jobs/${made.id}/cancel`);
  assert.equal(stopped.status, 200);
  const answer = await asked;
  assert.deepEqual(
    [answer.status, answer.body['message'], answer.body['approved'], answer.body['left_pending']],
    [200, '0 of 2 import records approved', 0, 2],
  );
  await source.query('rollback');
  await source.end();
  for (const id of [jobId, made.id]) {
    const retry = await stage.owner.ask('POST', `/jobs/${id}/retry`);
    assert.equal(retry.status, 400, JSON.stringify(retry.body));
  }
  assert.equal((await approve(body)).body['approved'], 2);
});
