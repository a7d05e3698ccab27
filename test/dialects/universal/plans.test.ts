import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startPeople } from './people.ts';
import type { PeopleStage } from './people.ts';
import { listed, said } from './universal-app.ts';
import type { Caller } from './universal-app.ts';

let stage: PeopleStage;
let owner: Caller;
let profileId: string;

before(async () => {
  stage = await startPeople('Planned');
  ({ owner, profileId } = stage);
});

after(() => stage.close());

async function make(): Promise<string> {
  const { status, body } = await owner.ask('POST', '/plans', {
    profile_id: profileId,
    options: { selected_types: ['customer_users'], batch_size: 500 },
  });
  assert.equal(status, 201);
  assert.equal(said(body['message']), 'Import plan started successfully');
  return said(body['plan']?.['id']);
}

/** What a worker would leave of a plan of no rows. */
const end = (planId: string): Promise<unknown> =>
  stage.universal.app.orm.em
    .fork()
    .execute(`update "import_jobs" set "status" = 'completed', "completed_at" = now() where "id" = ?`, [planId]);

test('a plan is shown with its summary and among the jobs with its kind', async () => {
  const id = await make();
  const { status, body } = await owner.ask('GET', `/plans/${id}`);
  assert.equal(status, 200);
  assert.deepEqual(body['plan']?.['summary'], { create: 0, update: 0, skip: 0, fail: 0, review: 0, drifted: 0 });
  assert.equal(said(body['plan']?.['kind']), 'plan');
  assert.ok(['pending', 'running'].includes(said(body['plan']?.['status'])));
  const jobs = await owner.ask('GET', '/jobs');
  assert.deepEqual(
    listed(jobs.body['data'])
      .filter((job) => said(job['id']) === id)
      .map((job) => said(job['kind'])),
    ['plan'],
  );
  const changes = await owner.ask('GET', `/plans/${id}/changes`);
  assert.deepEqual(
    [changes.status, changes.body],
    [200, { data: [], meta: { current_page: 1, per_page: 25, total: 0 } }],
  );
});

test('every mistake of a body is named at once', async () => {
  const { status, body } = await owner.ask('POST', '/plans', {
    profile_id: profileId,
    options: { batch_size: 0, selected_types: ['customer_users', 'nothing'] },
    mode_config: { import_mode: 'replace', duplicate_detection: { enabled: true, primary_fields: ['shoe_size'] } },
  });
  assert.equal(status, 422);
  assert.deepEqual(Object.keys(body['errors'] ?? {}).toSorted(), [
    'mode_config.duplicate_detection.primary_fields',
    'mode_config.import_mode',
    'options.batch_size',
    'options.selected_types',
  ]);
  const unknown = await owner.ask('POST', '/plans', { profile_id: randomUUID() });
  assert.deepEqual([unknown.status, unknown.body], [404, { message: 'Import profile not found' }]);
});

test('unknown words in the query of changes are named', async () => {
  const id = await make();
  const { status, body } = await owner.ask('GET', `/plans/${id}/changes?action=remove&per_page=0&page=x`);
  assert.deepEqual([status, Object.keys(body['errors'] ?? {}).toSorted()], [422, ['action', 'page', 'per_page']]);
});

test('a plan is applied once, when it is complete, and not before; an applied one says by which job', async () => {
  const id = await make();
  assert.equal((await owner.ask('POST', `/plans/${id}/apply`)).status, 400);
  await end(id);
  const applied = await owner.ask('POST', `/plans/${id}/apply`);
  assert.deepEqual(
    [applied.status, said(applied.body['job']?.['kind']), said(applied.body['job']?.['parent_job_id'])],
    [201, 'import', id],
  );
  const again = await owner.ask('POST', `/plans/${id}/apply`);
  const jobId = said(applied.body['job']?.['id']);
  assert.deepEqual(
    [again.status, again.body],
    [400, { message: `The import plan has been applied already, by the job ${jobId}.` }],
  );
  const { body } = await owner.ask('GET', `/plans/${id}`);
  assert.equal(said(body['plan']?.['applied_by_job_id']), jobId);
  assert.equal((await owner.ask('DELETE', `/plans/${id}`)).status, 400);
  assert.equal((await owner.ask('POST', `/jobs/${jobId}/cancel`)).status, 200);
  assert.equal((await owner.ask('DELETE', `/plans/${id}`)).status, 200);
  assert.equal((await owner.ask('GET', `/plans/${id}`)).status, 404);
});

test('nobody else comes near a plan, and an import is none', async () => {
  const id = await make();
  await end(id);
  const stranger = await stage.universal.join();
  const agent = await stage.universal.join({ tenantId: owner.user.tenantId, role: 'agent' });
  const other = await stage.universal.join({
    tenantId: owner.user.tenantId,
    role: 'agent',
    permissions: ['system.import'],
  });
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/changes'],
    ['POST', '/apply'],
    ['DELETE', ''],
  ] as const) {
    assert.equal((await stranger.ask(method, `/plans/${id}${path}`)).status, 404, `${method} ${path}`);
    assert.equal((await other.ask(method, `/plans/${id}${path}`)).status, 404, `${method} ${path}`);
    assert.equal((await agent.ask(method, `/plans/${id}${path}`)).status, 403, `${method} ${path}`);
    assert.equal((await owner.ask(method, `/plans/no-id${path}`)).status, 404, `${method} ${path}`);
  }
  assert.equal((await stranger.ask('POST', '/plans', { profile_id: profileId })).status, 404);
  assert.equal((await agent.ask('POST', '/plans', { profile_id: profileId })).status, 403);
  const job = await owner.ask('POST', '/jobs', { profile_id: profileId });
  assert.equal((await owner.ask('GET', `/plans/${said(job.body['job']?.['id'])}`)).status, 404);
  assert.equal((await owner.ask('POST', `/jobs/${id}/retry`)).status, 400);
  assert.equal((await owner.ask('GET', `/jobs/${id}/certificate`)).status, 400);
  const undo = { confirmation: { understood_consequences: true, backup_created: true } };
  assert.equal((await owner.ask('POST', `/jobs/${id}/rollback`, undo)).status, 409);
});
