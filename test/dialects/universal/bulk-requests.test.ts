import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { makeProfile, SKIPPING, startBulk, told } from './bulk-stage.ts';
import type { BulkStage } from './bulk-stage.ts';

let stage: BulkStage;

before(async () => {
  stage = await startBulk(`values (1, 'Ada', 'ada@example.com', null)`);
});

after(() => stage.close());

beforeEach(() => stage.again());

describe('POST /records/bulk/retry', () => {
  test('tries failed rows again, from the source as it is now, as retry_options say', async () => {
    await stage.onSource(`update people set born = 'unknown' where id in (2, 3)`);
    const jobId = await stage.run();
    await stage.onSource('update people set born = null');
    const answer = await stage.owner.ask('POST', '/records/bulk/retry', {
      record_ids: await stage.ids(jobId, 1, 2),
      retry_options: { import_mode: 'create', skip_duplicates: true, batch_size: 50 },
    });
    assert.deepEqual(told(answer), {
      status: 200,
      message: 'Import records retried successfully',
      selected: 2,
      accepted: 1,
      created: 1,
      updated: 0,
      skipped: 0,
      failed: 0,
      unchanged: { not_failed: 1 },
      jobs: 1,
    });
    const job = answer.body['job'];
    assert.deepEqual(
      [job?.['kind'], job?.['import_options']?.['batch_size'], job?.['mode_config']?.['import_mode']],
      ['retry', 50, 'create'],
    );
    assert.deepEqual(job?.['mode_config']?.['skip_duplicates'], true);
    assert.deepEqual(await stage.names(), ['Ada', 'Ada L.', 'Bea']);
    const rest = await stage.owner.ask('POST', '/records/bulk/retry', { criteria: { import_action: 'failed' } });
    assert.deepEqual([rest.body['created'], rest.body['unchanged']], [1, { already_retried: 1 }]);
  });
});

describe('all of them', () => {
  const WAYS = [
    ['POST', '/records/bulk/approve'],
    ['POST', '/records/bulk/reject'],
    ['POST', '/records/bulk/retry'],
    ['DELETE', '/records/bulk'],
  ] as const;

  test('want records by ids or criteria, and name every mistake', async () => {
    for (const [method, path] of WAYS) {
      for (const body of [
        undefined,
        {},
        { criteria: {} },
        { record_ids: [] },
        { record_ids: null, criteria: { job_id: null } },
      ]) {
        const { status, body: said_ } = await stage.owner.ask(method, path, body);
        assert.equal(status, 422, JSON.stringify([method, path, body, said_]));
        assert.deepEqual(Object.keys(said_['errors'] ?? {}), ['record_ids']);
      }
      const { status, body } = await stage.owner.ask(method, path, {
        record_ids: ['x'],
        criteria: { import_action: 'gone', confidence_min: 101, has_duplicates: 'yes' },
      });
      assert.equal(status, 422);
      assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
        'criteria.confidence_min',
        'criteria.has_duplicates',
        'criteria.import_action',
        'record_ids.0',
      ]);
    }
    const { status, body } = await stage.owner.ask('POST', '/records/bulk/approve', {
      record_ids: ['00000000-0000-8000-8000-000000000001'],
      options: { create_missing_targets: false, update_existing_targets: false },
    });
    assert.deepEqual([status, Object.keys(body['errors'] ?? {})], [422, ['options.create_missing_targets']]);
  });

  test('know nothing of records of others, nor of what never was', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const ids = await stage.ids(jobId, 1, 4);
    const stranger = await stage.universal.join();
    const agent = await stage.universal.join({
      tenantId: stage.owner.user.tenantId,
      role: 'agent',
      permissions: ['system.import'],
    });
    const people = await stage.people();
    for (const [method, path] of WAYS) {
      for (const caller of [stranger, agent]) {
        const named = await caller.ask(method, path, { record_ids: ids });
        assert.deepEqual([named.status, named.body], [404, { message: 'Import records not found' }]);
        const byJob = await caller.ask(method, path, { criteria: { job_id: jobId } });
        assert.deepEqual([byJob.status, byJob.body], [404, { message: 'Import job not found' }]);
        const all = await caller.ask(method, path, { criteria: { target_type: 'customer_users' } });
        assert.deepEqual([all.status, all.body['selected']], [200, 0]);
      }
      const odd = { record_ids: ['11111111-1111-4111-8111-111111111111', 'ffffffff-ffff-8fff-8fff-ffffffffffff'] };
      assert.equal((await stage.owner.ask(method, path, odd)).status, 404);
      const clerk = await stage.universal.join({ tenantId: stage.owner.user.tenantId, role: 'agent' });
      assert.equal((await clerk.ask(method, path, { record_ids: ids })).status, 403);
    }
    assert.deepEqual(await stage.people(), people);
    // Among others, they count as not found, whichever they are.
    const { status, body } = await stage.owner.ask('POST', '/records/bulk/reject', {
      record_ids: [...ids, '11111111-1111-4111-8111-111111111111'],
    });
    assert.deepEqual([status, body['unchanged']], [200, { not_pending: 2, not_found: 1 }]);
  });

  test('an agent has the records of his own jobs', async () => {
    const agent = await stage.universal.join({
      tenantId: stage.owner.user.tenantId,
      role: 'agent',
      permissions: ['system.import'],
    });
    const profileId = await makeProfile(stage.owner, stage.source);
    const jobId = await stage.run({ by: agent, profileId, mode: SKIPPING });
    const { status, body } = await agent.ask('POST', '/records/bulk/approve', { criteria: { job_id: jobId } });
    assert.deepEqual([status, body['approved']], [200, 1]);
    const gone = await stage.remove({ criteria: { job_id: jobId, import_action: 'created' } }, agent);
    assert.deepEqual(
      [gone.status, gone.body['deleted'], gone.body['outcomes']],
      [200, 2, { ...NO_UNDOS, reversed: 2, kept_superseded: 1 }],
    );
  });
});
