import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { startImport } from '../../support/records.ts';
import type { TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { listed, said, startUniversal } from './universal-app.ts';
import type { Caller, Json, UniversalApp } from './universal-app.ts';

let universal: UniversalApp;
let owner: Caller;

before(async () => {
  universal = await startUniversal();
  owner = await universal.join();
});

after(() => universal.close());

/** As document 000 prints it. */
const BODY = {
  rollback_options: {
    target_actions: ['created', 'updated'],
    preserve_relationships: true,
    batch_size: 100,
    dry_run: false,
  },
  confirmation: { understood_consequences: true, backup_created: true },
};

/** An import of the owner's tenant that has ended. */
async function ended(status = 'completed'): Promise<TestImport> {
  const job = await startImport(universal.app.orm, { tenantId: owner.user.tenantId });
  await job.commit(
    [
      { external_id: 'a', name: 'Ada' },
      { external_id: 'b', name: 'Bob' },
    ],
    { last: true },
  );
  await setStatus(job.jobId, status);
  return job;
}

async function setStatus(jobId: string, status: string): Promise<void> {
  await universal.app.orm.em.fork().execute(`update "import_jobs" set "status" = ? where "id" = ?`, [status, jobId]);
}

const roll = (jobId: string, body: unknown = BODY): Promise<{ status: number; body: Json }> =>
  owner.ask('POST', `/jobs/${jobId}/rollback`, body);

describe('POST /jobs/{id}/rollback', () => {
  test('makes a rollback job, as printed', async () => {
    const { jobId } = await ended();
    const { status, body } = await roll(jobId);
    assert.equal(status, 201);
    assert.deepEqual(body, {
      message: 'Rollback job created successfully',
      rollback_job: {
        id: body['rollback_job']?.['id'],
        original_job_id: jobId,
        status: 'pending',
        estimated_records: 2,
        rollback_options: BODY.rollback_options,
        created_at: body['rollback_job']?.['created_at'],
      },
    });
    const { body: job } = await owner.ask('GET', `/jobs/${said(body['rollback_job']?.['id'])}`);
    assert.deepEqual([job['kind'], job['status']], ['rollback', 'running']);
  });

  test('takes its defaults', async () => {
    const { jobId } = await ended();
    const { body } = await roll(jobId, { confirmation: BODY.confirmation });
    assert.deepEqual(body['rollback_job']?.['rollback_options'], { ...BODY.rollback_options, batch_size: 10_000 });
  });

  test('needs both confirmations', async () => {
    const { jobId } = await ended();
    for (const confirmation of [undefined, null, {}, { understood_consequences: false, backup_created: false }]) {
      const { status, body } = await roll(jobId, { ...BODY, confirmation });
      assert.equal(status, 422);
      assert.deepEqual(body, {
        message: 'Validation failed',
        errors: {
          'confirmation.understood_consequences': ['Confirm that you have understood the consequences.'],
          'confirmation.backup_created': ['Confirm that a backup was created.'],
        },
      });
    }
    const { status, body } = await roll(jobId, { confirmation: { understood_consequences: true } });
    assert.deepEqual([status, Object.keys(body['errors'] ?? {})], [422, ['confirmation.backup_created']]);
  });

  test('names every option that is wrong', async () => {
    const { jobId } = await ended();
    const options = { target_actions: ['skipped'], preserve_relationships: 'yes', batch_size: 0, dry_run: 1 };
    const { status, body } = await roll(jobId, { ...BODY, rollback_options: options });
    assert.equal(status, 422);
    assert.deepEqual(
      Object.keys(body['errors'] ?? {}).toSorted(),
      ['batch_size', 'dry_run', 'preserve_relationships', 'target_actions.0'].map((name) => `rollback_options.${name}`),
    );
  });

  test('is a 409 for a job that has not ended, and for one that is or was rolled back', async () => {
    for (const status of ['pending', 'running', 'paused']) {
      const { jobId } = await ended(status);
      const answer = await roll(jobId);
      assert.deepEqual(
        [answer.status, answer.body],
        [409, { message: `Cannot roll back an import job that is ${status}.` }],
      );
    }
    const { jobId } = await ended();
    const answers = await Promise.all([roll(jobId), roll(jobId), roll(jobId)]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, 409, 409],
    );
    assert.equal(
      answers.find(({ status }) => status === 409)?.body['message'] as unknown,
      'The import job is being rolled back.',
    );
    const id = said(answers.find(({ status }) => status === 201)?.body['rollback_job']?.['id']);
    await setStatus(id, 'completed');
    const again = await roll(jobId);
    assert.deepEqual([again.status, again.body], [409, { message: 'The import job has already been rolled back.' }]);
    // Undoing the rollback makes the job one that can be rolled back.
    const redo = await roll(id);
    assert.equal(redo.status, 201);
    assert.equal((await roll(jobId)).status, 409);
    await setStatus(said(redo.body['rollback_job']?.['id']), 'completed');
    const redone = await roll(said(redo.body['rollback_job']?.['id']));
    assert.deepEqual(redone.status, 409);
    assert.equal((await roll(jobId)).status, 201);
  });

  test('is possible after a rollback that was cancelled or was a dry run, and of failed and cancelled imports', async () => {
    const { jobId } = await ended('failed');
    const dry = await roll(jobId, { ...BODY, rollback_options: { dry_run: true } });
    assert.equal(dry.status, 201);
    const first = await roll(jobId);
    assert.equal(first.status, 201);
    await setStatus(said(first.body['rollback_job']?.['id']), 'cancelled');
    assert.equal((await roll(jobId)).status, 201);
    assert.equal((await roll((await ended('cancelled')).jobId)).status, 201);
    const ofDry = await roll(said(dry.body['rollback_job']?.['id']));
    assert.equal(ofDry.status, 409);
  });

  test('estimates the rows that are still to be undone', async () => {
    const job = await ended();
    const estimated = async (jobId: string, targetActions: readonly string[]): Promise<Json | undefined> => {
      const options = { target_actions: targetActions, dry_run: true };
      return (await roll(jobId, { ...BODY, rollback_options: options })).body['rollback_job']?.['estimated_records'];
    };
    const undo = await startUndo(universal.app.orm, job);
    await undo.chunk(1);
    await setStatus(undo.jobId, 'cancelled');
    assert.equal(await estimated(job.jobId, ['created', 'updated']), 1);
    assert.equal(await estimated(job.jobId, ['updated']), 0);
    const rest = await startUndo(universal.app.orm, job);
    await rest.run();
    await setStatus(rest.jobId, 'completed');
    assert.equal(await estimated(rest.jobId, ['created']), 1);
    const redo = await startUndo(universal.app.orm, job, {}, rest);
    await redo.run();
    await setStatus(redo.jobId, 'cancelled');
    assert.equal(await estimated(rest.jobId, ['created']), 0);
    await setStatus(redo.jobId, 'completed');
    // What came back is there to be undone again.
    assert.equal(await estimated(job.jobId, ['created']), 1);
  });

  test('shows nothing of another tenant, and needs the permission', async () => {
    const { jobId } = await ended();
    const stranger = await universal.join();
    const answer = await stranger.ask('POST', `/jobs/${jobId}/rollback`, BODY);
    assert.deepEqual([answer.status, answer.body], [404, { message: 'Import job not found' }]);
    const agent = await universal.join({ tenantId: owner.user.tenantId, role: 'agent' });
    assert.equal((await agent.ask('POST', `/jobs/${jobId}/rollback`, BODY)).status, 403);
  });
});

describe('GET /rollback/{id}', () => {
  test('/status says how it stands and /records what became of each row', async () => {
    const job = await ended();
    await universal.app.orm.em
      .fork()
      .execute(`update "target"."customer_users" set "name" = 'edit' where "tenant_id" = ? and "external_id" = 'b'`, [
        job.tenantId,
      ]);
    const undo = await startUndo(universal.app.orm, job);
    await undo.run();
    await universal.app.orm.em.fork().execute(
      `update "import_jobs" set "status" = 'completed', "estimated_total" = 2, "targets" = (
        select "targets" from "import_jobs" where "id" = ?) where "id" = ?`,
      [job.jobId, undo.jobId],
    );
    const { status, body } = await owner.ask('GET', `/rollback/${undo.jobId}/status`);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      rollback_job: {
        id: undo.jobId,
        original_job_id: job.jobId,
        status: 'completed',
        progress_percentage: 100,
        current_operation: null,
        records_processed: 2,
        records_rolled_back: 1,
        records_kept: 1,
        records_failed: 0,
        records_untouched: 0,
        outcomes: { ...NO_UNDOS, reversed: 1, kept_edited: 1 },
        rollback_options: { ...BODY.rollback_options, batch_size: 10_000 },
        errors: null,
        started_at: null,
        completed_at: null,
        estimated_completion: null,
      },
    });
    const { body: records } = await owner.ask('GET', `/rollback/${undo.jobId}/records`);
    assert.deepEqual(records['meta'], { current_page: 1, per_page: 25, total: 2 });
    assert.deepEqual(
      listed(records['data']).map((row) => [
        row['row_number'],
        row['source_identifier'],
        row['target_type'],
        row['import_action'],
        row['outcome'],
        row['reason'],
      ]),
      [
        [1, 'a', 'customer_users', 'created', 'reversed', null],
        [2, 'b', 'customer_users', 'created', 'kept_edited', 'The record has been edited since.'],
      ],
    );
    const kept = await owner.ask('GET', `/rollback/${undo.jobId}/records?outcome=kept_edited&per_page=1`);
    assert.deepEqual(
      [kept.body['meta'], listed(kept.body['data']).length],
      [{ current_page: 1, per_page: 1, total: 1 }, 1],
    );
    const odd = await owner.ask('GET', `/rollback/${undo.jobId}/records?outcome=odd`);
    assert.deepEqual([odd.status, Object.keys(odd.body['errors'] ?? {})], [422, ['outcome']]);
  });

  test('finds rollbacks alone, of the own tenant', async () => {
    const job = await ended();
    const undo = await startUndo(universal.app.orm, job);
    const stranger = await universal.join();
    for (const [caller, id] of [
      [owner, job.jobId],
      [stranger, undo.jobId],
      [owner, 'odd'],
    ] as const) {
      for (const what of ['status', 'records']) {
        const { status, body } = await caller.ask('GET', `/rollback/${id}/${what}`);
        assert.deepEqual([status, body], [404, { message: 'Rollback job not found' }]);
      }
    }
  });
});

test('the history of a record tells of its undoing, and of the undoing of that', async () => {
  const { orm } = universal.app;
  const first = await startImport(orm, { tenantId: owner.user.tenantId });
  await first.commit([{ external_id: 'h', name: 'Ada' }]);
  const second = await startImport(orm, first);
  await second.commit([{ external_id: 'h', name: 'Ada 2' }]);
  await (await startUndo(orm, second, { dryRun: true })).run();
  const undoSecond = await startUndo(orm, second);
  await undoSecond.run();
  const undoFirst = await startUndo(orm, first);
  await undoFirst.run();
  const redoFirst = await startUndo(orm, first, {}, undoFirst);
  await redoFirst.run();
  const [entry] = await first.ledger();
  const { body } = await owner.ask('GET', `/targets/customer_users/records/${entry?.target ?? ''}`);
  assert.deepEqual(
    listed(body['history']).map((change) => [
      change['action'],
      change['job_id'],
      change['before']?.['name'],
      change['after']?.['name'],
    ]),
    [
      ['created', first.jobId, undefined, 'Ada'],
      ['updated', second.jobId, 'Ada', 'Ada 2'],
      ['restored', undoSecond.jobId, 'Ada 2', 'Ada'],
      ['deleted', undoFirst.jobId, 'Ada', undefined],
      ['recreated', redoFirst.jobId, undefined, 'Ada'],
    ],
  );
});
