import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { SKIPPING, startBulk, told } from './bulk-stage.ts';
import type { BulkStage } from './bulk-stage.ts';
import { listed, said } from './universal-app.ts';

let stage: BulkStage;

before(async () => {
  stage = await startBulk(`values (1, 'Ada', 'ada@example.com', null)`);
});

after(() => stage.close());

beforeEach(() => stage.again());

const deleted = async (jobId: string): Promise<unknown[]> =>
  (await stage.records(jobId)).map((record) => [
    record['row_number'],
    record['import_action'],
    record['deleted_at'] !== null,
  ]);

describe('DELETE /records/bulk', () => {
  test('undoes what chosen rows made, and keeps their records as history', async () => {
    const jobId = await stage.run();
    const answer = await stage.remove({
      record_ids: await stage.ids(jobId, 1, 3),
      rollback_options: { rollback_target_records: true, preserve_relationships: false, create_audit_log: true },
    });
    assert.deepEqual(told(answer), {
      status: 200,
      message: 'Import records deleted successfully',
      selected: 2,
      accepted: 2,
      deleted: 2,
      rolled_back: 2,
      outcomes: { ...NO_UNDOS, reversed: 2 },
      unchanged: {},
      jobs: 1,
    });
    assert.deepEqual(await stage.names(), ['Bea', 'Ada L.']);
    assert.deepEqual(await deleted(jobId), [
      [1, 'created', true],
      [2, 'created', false],
      [3, 'created', true],
      [4, 'created', false],
    ]);
    const { body: job } = await stage.owner.ask('GET', `/jobs/${jobId}`);
    assert.equal(job['records_imported'], 4);
    const rollbackId = said(answer.body['job']?.['id']);
    const rows = await stage.owner.ask('GET', `/rollback/${rollbackId}/records`);
    assert.deepEqual(
      listed(rows.body['data']).map((row) => [row['row_number'], row['outcome']]),
      [
        [1, 'reversed'],
        [3, 'reversed'],
      ],
    );
    assert.deepEqual(
      await stage.sql(
        `select subject_id, data->>'outcome' as outcome, user_email from audit_entries where action = 'record.delete' order by id`,
      ),
      (await stage.ids(jobId, 1, 3)).map((id) => ({
        subject_id: id,
        outcome: 'reversed',
        user_email: stage.owner.user.email,
      })),
    );

    const again = await stage.remove({ record_ids: await stage.ids(jobId, 1, 3) });
    assert.deepEqual([again.body['deleted'], again.body['unchanged']], [0, { already_deleted: 2 }]);

    // A rollback of the rest, and an undo of the deletion, go as ever.
    const confirmation = { understood_consequences: true, backup_created: true };
    const redo = await stage.owner.ask('POST', `/jobs/${rollbackId}/rollback`, { confirmation });
    await stage.ended(said(redo.body['rollback_job']?.['id']));
    assert.deepEqual(await stage.names(), ['Ada', 'Bea', 'Cid', 'Ada L.']);
    assert.deepEqual(
      (await deleted(jobId)).map((row) => (row as unknown[])[2]),
      [false, false, false, false],
    );
    const all = await stage.owner.ask('POST', `/jobs/${jobId}/rollback`, { confirmation });
    await stage.ended(said(all.body['rollback_job']?.['id']));
    assert.deepEqual(await stage.names(), []);
  });

  test('what others refer to is kept, or with preserve_relationships false what refers is cleared, until it is undone', async () => {
    const jobId = await stage.run();
    const owners = (): Promise<unknown[]> =>
      stage.sql(
        `select "t"."external_id" as "ticket", "c"."name" as "of" from "target"."tickets" as "t"
         left join "target"."customer_users" as "c" on "c"."id" = "t"."customer_user_id" order by 1`,
      );
    await stage.sql(
      `insert into "target"."tickets" ("id", "tenant_id", "external_id", "customer_user_id")
       select gen_random_uuid(), "tenant_id", "external_id", "id" from "target"."customer_users" where "external_id" in ('1', '2')`,
    );
    const asked = { record_ids: await stage.ids(jobId, 1, 3) };
    const preserving = await stage.remove(asked);
    assert.deepEqual(preserving.body['outcomes'], { ...NO_UNDOS, reversed: 1, kept_referenced: 1 });
    assert.deepEqual(await stage.names(), ['Ada', 'Bea', 'Ada L.']);

    const clearing = await stage.remove({ ...asked, rollback_options: { preserve_relationships: false } });
    assert.deepEqual(clearing.body['outcomes'], { ...NO_UNDOS, reversed: 1 });
    assert.deepEqual(await stage.names(), ['Bea', 'Ada L.']);
    const cleared = [
      { ticket: '1', of: null },
      { ticket: '2', of: 'Bea' },
    ];
    assert.deepEqual(await owners(), cleared);

    for (const dryRun of [true, false]) {
      const redo = await stage.owner.ask('POST', `/jobs/${said(clearing.body['job']?.['id'])}/rollback`, {
        rollback_options: { dry_run: dryRun },
        confirmation: { understood_consequences: true, backup_created: true },
      });
      const redoId = said(redo.body['rollback_job']?.['id']);
      await stage.ended(redoId);
      const { body } = await stage.owner.ask('GET', `/rollback/${redoId}/status`);
      assert.deepEqual(body['rollback_job']?.['outcomes'], { ...NO_UNDOS, reversed: 1 });
      if (dryRun) assert.deepEqual(await owners(), cleared);
    }
    assert.deepEqual(await owners(), [
      { ticket: '1', of: 'Ada' },
      { ticket: '2', of: 'Bea' },
    ]);
  });

  test('a rollback of the whole job undoes what is left', async () => {
    const jobId = await stage.run();
    await stage.remove({ record_ids: await stage.ids(jobId, 1) });
    const { body } = await stage.owner.ask('POST', `/jobs/${jobId}/rollback`, {
      confirmation: { understood_consequences: true, backup_created: true },
    });
    const id = said(body['rollback_job']?.['id']);
    await stage.ended(id);
    assert.deepEqual(await stage.names(), []);
    const status = await stage.owner.ask('GET', `/rollback/${id}/status`);
    assert.equal(status.body['rollback_job']?.['records_rolled_back'], 3);
  });

  test('leaves the target alone when asked to, and rows that did nothing to it are just marked', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const kept = await stage.remove({
      record_ids: await stage.ids(jobId, 1),
      rollback_options: { rollback_target_records: false, create_audit_log: true },
    });
    assert.deepEqual([kept.status, kept.body['deleted'], kept.body['rolled_back']], [200, 1, 0]);
    const skipped = await stage.remove({ criteria: { job_id: jobId, import_action: 'skipped' } });
    assert.deepEqual([skipped.body['deleted'], skipped.body['jobs']], [1, []]);
    assert.deepEqual(await stage.names(), ['Ada', 'Bea', 'Cid']);
    assert.deepEqual(
      (await deleted(jobId)).map((row) => (row as unknown[])[2]),
      [true, false, false, true],
    );
    const approval = await stage.owner.ask('POST', '/records/bulk/approve', { record_ids: await stage.ids(jobId, 4) });
    assert.deepEqual(approval.body['unchanged'], { already_deleted: 1 });
    assert.deepEqual(await stage.sql(`select count(*)::int from audit_entries where action = 'record.delete'`), [
      { count: 1 },
    ]);
  });

  test('a record that was edited, or that a later row of the job changed, is kept, and not marked', async () => {
    const mode = { ...SKIPPING, skip_duplicates: false, update_duplicates: true };
    const jobId = await stage.run({ mode });
    assert.deepEqual(await stage.names(), ['Ada L.', 'Bea', 'Cid']);
    await stage.sql(`update target.customer_users set name = 'Beatrice' where external_id = '2'`);
    const { body } = await stage.remove({ record_ids: await stage.ids(jobId, 1, 2, 3) });
    assert.deepEqual(body['outcomes'], { ...NO_UNDOS, reversed: 1, kept_edited: 1, kept_superseded: 1 });
    assert.deepEqual(await stage.names(), ['Ada L.', 'Beatrice']);
    // The later row alone gives back what the earlier had put there; then that one goes, too.
    const later = await stage.remove({ record_ids: await stage.ids(jobId, 4) });
    assert.equal(later.body['rolled_back'], 1);
    assert.deepEqual(await stage.names(), ['Ada', 'Beatrice']);
    const first = await stage.remove({ record_ids: await stage.ids(jobId, 1) });
    assert.equal(first.body['rolled_back'], 1);
    assert.deepEqual(await stage.names(), ['Beatrice']);
  });

  test('records of several imports go at once; more than a few hundred are a job', async () => {
    await stage.onSource(
      'truncate people',
      `insert into people (id, name) select n, 'Person ' || n from generate_series(1, 400) as n`,
    );
    const [one, two] = [await stage.run(), await stage.run()];
    const ids = [await stage.ids(one, 1), await stage.ids(two, 1)].flat();
    const few = await stage.remove({ record_ids: ids });
    assert.deepEqual([few.status, few.body['deleted'], listed(few.body['jobs']).length], [200, 2, 2]);
    const many = await stage.remove({ criteria: { import_action: 'created', target_type: 'customer_users' } });
    assert.deepEqual([many.status, many.body['accepted']], [202, 798]);
    for (const job of listed(many.body['jobs'])) await stage.ended(said(job['id']));
    assert.deepEqual(await stage.names(), []);
  });
});
