import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SKIPPING, startBulk, told, TWINS } from './bulk-stage.ts';
import type { BulkStage } from './bulk-stage.ts';

let stage: BulkStage;

before(async () => {
  stage = await startBulk(TWINS);
});

after(() => stage.close());

describe('POST /records/bulk/reject', () => {
  test('decides of rows that wait that they do not come in; figures count wrong matches', async () => {
    const jobId = await stage.run({ mode: SKIPPING });
    const people = await stage.people();
    const ids = await stage.ids(jobId, 2, 3, 4);
    await stage.sql(
      `update import_records set review_status = 'pending' where action = 'skipped'
       and job_number = (select number from import_jobs where id = ?)`,
      [jobId],
    );
    const list = await stage.owner.ask('GET', `/analytics/records?job_id=${jobId}&review_status=pending`);
    assert.deepEqual((list.body['meta'] as { total?: unknown }).total, 2);
    const answer = await stage.owner.ask('POST', '/records/bulk/reject', { record_ids: ids });
    assert.deepEqual(told(answer), {
      status: 200,
      message: 'Import records rejected successfully',
      selected: 3,
      accepted: 2,
      rejected: 2,
      unchanged: { not_pending: 1 },
      jobs: 0,
    });
    assert.deepEqual(await stage.people(), people);
    assert.deepEqual(
      await stage.reviews(jobId),
      [2, 3].map((row) => ({ row, status: 'rejected', verdict: null, by: stage.owner.user.id })),
    );
    assert.deepEqual(await stage.sql('select state, records::int from import_match_counts where records <> 0'), [
      { state: 'distinct', records: 2 },
    ]);
    const again = await stage.owner.ask('POST', '/records/bulk/reject', { record_ids: ids.slice(0, 2) });
    assert.deepEqual([again.body['rejected'], again.body['unchanged']], [0, { already_reviewed: 2 }]);
    const late = await stage.owner.ask('POST', '/records/bulk/approve', { record_ids: ids.slice(0, 2) });
    assert.deepEqual([late.body['approved'], late.body['unchanged']], [0, { already_reviewed: 2 }]);
  });
});
