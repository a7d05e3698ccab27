import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Actor } from '../../../src/domain/actor.ts';
import type { JobStatus } from '../../../src/domain/job.ts';
import type { JobFilter } from '../../../src/engine/jobs/find-jobs.ts';
import { ImportJob } from '../../../src/store/entities/import-job.ts';
import { ImportProfile } from '../../../src/store/entities/import-profile.ts';
import { makeActor } from '../../support/factories.ts';
import { makeProfile, startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';
import { startImport } from '../../support/records.ts';

let engine: TestEngine;
let owner: Actor;
let agent: Actor;
let other: Actor;

before(async () => {
  engine = await startTestEngine();
  owner = engine.actor;
  agent = await makeActor(engine.orm, { tenantId: owner.tenantId, role: 'agent', name: 'Agent' });
  other = await makeActor(engine.orm);
});

after(() => engine.close());

interface Made {
  readonly by?: Actor;
  readonly status?: JobStatus;
  readonly createdAt?: string;
  readonly profileId?: string | null;
  readonly rows?: Readonly<Record<'created' | 'updated' | 'skipped' | 'failed', number>>;
  readonly kind?: 'import' | 'validate';
  readonly seconds?: number;
}

/** A job as it lies in the store, with counters. */
async function make({
  by = owner,
  status = 'completed',
  createdAt,
  profileId = engine.profileId,
  rows,
  kind = 'import',
  seconds,
}: Made): Promise<string> {
  const { jobId } = await startImport(engine.orm, { tenantId: by.tenantId, status, kind });
  const at = createdAt === undefined ? new Date() : new Date(createdAt);
  const ended = seconds === undefined ? {} : { startedAt: at, completedAt: new Date(at.getTime() + seconds * 1000) };
  const em = engine.orm.em.fork();
  await em.nativeUpdate(ImportJob, { id: jobId }, { createdById: by.userId, profileId, createdAt: at, ...ended });
  if (rows) {
    await em.execute(
      `update "import_partitions" set "created" = ?, "updated" = ?, "skipped" = ?, "failed" = ? where "job_id" = ?`,
      [rows.created, rows.updated, rows.skipped, rows.failed, jobId],
    );
  }
  return jobId;
}

async function list(
  actor: Actor,
  filter: JobFilter = {},
  page = { page: 1, perPage: 50 },
): Promise<{ ids: string[]; total: number }> {
  const { rows, total } = await engine.jobs.list(actor, { ...filter, ...page });
  return { ids: rows.map((view) => view.job.id), total };
}

/** A profile and jobs of it that no other test sees. */
async function aside(name: string): Promise<string> {
  const profileId = await makeProfile(engine.deps, owner, engine.sourceUrl);
  await engine.orm.em.fork().nativeUpdate(ImportProfile, { id: profileId }, { name });
  return profileId;
}

test('jobs are listed newest first, a page at a time, with how many there are', async () => {
  const profileId = await aside('Paged');
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift(await make({ profileId, createdAt: `2020-01-0${n + 1}T00:00:00Z` }));
  const pages = await Promise.all([1, 2, 3, 4].map((page) => list(owner, { profileId }, { page, perPage: 2 })));
  assert.deepEqual(pages, [
    { ids: ids.slice(0, 2), total: 5 },
    { ids: ids.slice(2, 4), total: 5 },
    { ids: ids.slice(4), total: 5 },
    { ids: [], total: 5 },
  ]);
});

test('jobs of one moment are listed by their numbers', async () => {
  const profileId = await aside('Together');
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.unshift(await make({ profileId, createdAt: '2020-01-01T00:00:00Z' }));
  assert.deepEqual((await list(owner, { profileId })).ids, ids);
});

test('jobs are filtered by status, profile and day, both days inclusive', async () => {
  const profileId = await aside('Filtered');
  const first = await make({ profileId, status: 'failed', createdAt: '2021-03-01T00:00:00Z' });
  const second = await make({ profileId, status: 'running', createdAt: '2021-03-02T23:59:59.999Z' });
  const third = await make({ profileId, status: 'completed', createdAt: '2021-03-03T00:00:00Z' });
  const found = async (filter: JobFilter): Promise<string[]> => (await list(owner, { profileId, ...filter })).ids;
  assert.deepEqual(await found({ statuses: ['failed', 'running'] }), [second, first]);
  assert.deepEqual(await found({ statuses: [] }), [third, second, first]);
  assert.deepEqual(await found({ dateFrom: '2021-03-02' }), [third, second]);
  assert.deepEqual(await found({ dateTo: '2021-03-02' }), [second, first]);
  assert.deepEqual(await found({ dateFrom: '2021-03-01', dateTo: '2021-03-01' }), [first]);
  assert.deepEqual((await list(owner, { profileId: randomUUID() })).ids, []);
  assert.deepEqual((await list(owner, { profileId: 'nonsense' })).ids, []);
});

test('jobs are searched by part of their profile’s name, whatever its case and signs', async () => {
  const profileId = await aside('Half 100%_done \\ maybe');
  const jobId = await make({ profileId });
  const decoy = await make({ profileId: await aside('Half 1000 done') });
  for (const search of ['half 100%', '%_DONE', '\\', 'Half 100%_done \\ maybe']) {
    assert.deepEqual((await list(owner, { search })).ids, [jobId], search);
  }
  assert.deepEqual((await list(owner, { search: 'half' })).ids, [decoy, jobId]);
  assert.deepEqual((await list(owner, { search: 'nowhere' })).ids, []);
});

test('an agent sees the jobs he started, and nobody those of another tenant', async () => {
  const profileId = await aside('Seen');
  const ours = await make({ profileId });
  const his = await make({ profileId, by: agent });
  const theirs = await make({ by: other, profileId: null });
  assert.deepEqual((await list(owner, { profileId })).ids, [his, ours]);
  assert.deepEqual(await list(agent), { ids: [his], total: 1 });
  assert.deepEqual(await list(other), { ids: [theirs], total: 1 });
  assert.equal((await engine.jobs.get(agent, his)).job.id, his);
  for (const [actor, jobId] of [
    [agent, ours],
    [other, ours],
    [owner, theirs],
    [owner, randomUUID()],
    [owner, 'nonsense'],
    [owner, ''],
  ] as const) {
    await assert.rejects(engine.jobs.get(actor, jobId), { code: 'not_found', message: 'Import job not found' });
    await assert.rejects(engine.jobs.issues(actor, jobId, { page: 1, perPage: 10 }), { code: 'not_found' });
  }
});

test('a job shows who started it, from where, and how far it is', async () => {
  const rows = { created: 3, updated: 4, skipped: 5, failed: 6 };
  const view = await engine.jobs.get(owner, await make({ by: agent, rows }));
  assert.deepEqual(view.createdBy, { id: agent.userId, name: 'Agent' });
  assert.deepEqual(view.profile, { id: engine.profileId, name: 'Contacts of a test', databaseType: 'postgresql' });
  assert.deepEqual([view.counters, view.workflow], [{ ...rows, duplicates: 0 }, null]);
});

test('a job outlives its profile and the user who started it', async () => {
  const profileId = await aside('Gone');
  const jobId = await make({ profileId });
  const em = engine.orm.em.fork();
  await em.nativeDelete(ImportProfile, { id: profileId });
  await em.nativeUpdate(ImportJob, { id: jobId }, { createdById: null });
  const view = await engine.jobs.get(owner, jobId);
  assert.deepEqual([view.profile, view.createdBy], [null, null]);
});

test('figures are of the jobs the actor may see, in the days asked for', async () => {
  const boss = await makeActor(engine.orm);
  const helper = await makeActor(engine.orm, { tenantId: boss.tenantId, role: 'agent' });
  const day = '2022-05-05T12:00:00Z';
  const rows = { created: 10, updated: 5, skipped: 2, failed: 1 };
  await make({ by: boss, profileId: null, createdAt: day, rows, seconds: 10 });
  await make({ by: helper, profileId: null, createdAt: day, rows, seconds: 21 });
  await make({ by: boss, profileId: null, createdAt: day, rows, kind: 'validate', status: 'failed', seconds: 100 });
  for (const status of ['pending', 'running', 'paused', 'cancelled'] as const)
    await make({ by: boss, profileId: null, createdAt: day, status });
  await make({ by: boss, profileId: null, createdAt: '2022-05-06T00:00:00Z', rows });
  const range = { dateFrom: '2022-05-05', dateTo: '2022-05-05' };
  const { recent, ...figures } = await engine.jobs.stats(boss, range);
  assert.deepEqual(figures, {
    totalJobs: 7,
    completedJobs: 2,
    failedJobs: 1,
    runningJobs: 3,
    cancelledJobs: 1,
    totalRecordsImported: 30,
    totalRecordsFailed: 2,
    averageDuration: 16,
  });
  assert.equal(recent.length, 7);
  const his = await engine.jobs.stats(helper, {});
  assert.deepEqual([his.totalJobs, his.totalRecordsImported, his.averageDuration, his.recent.length], [1, 15, 21, 1]);
  const none = await engine.jobs.stats(boss, { dateFrom: '1999-01-01', dateTo: '1999-01-01' });
  assert.deepEqual([none.totalJobs, none.totalRecordsImported, none.averageDuration, none.recent], [0, 0, null, []]);
});

test('the issues of a job are listed in source order, and filtered by code and field', async () => {
  const job = await startImport(engine.orm, { tenantId: owner.tenantId });
  const issue = (field: string | null, code: 'invalid_format' | 'missing_required') => ({
    field,
    code,
    message: `${code} of ${field}`,
    value: 'x',
    fatal: true,
  });
  await job.commit([
    job.draft({ external_id: '1' }, [issue('name', 'invalid_format'), issue(null, 'missing_required')]),
    job.draft({ external_id: '2' }),
    job.draft({ external_id: '3' }, [issue('email', 'invalid_format')]),
  ]);
  const listed = async (filter: object, page = { page: 1, perPage: 10 }): Promise<unknown[]> => {
    const { rows, total } = await engine.jobs.issues(owner, job.jobId, { ...filter, ...page });
    return [total, ...rows.map((row) => [row.rowNumber, row.field ?? null, row.code])];
  };
  assert.deepEqual(await listed({}), [
    3,
    [1, 'name', 'invalid_format'],
    [1, null, 'missing_required'],
    [3, 'email', 'invalid_format'],
  ]);
  assert.deepEqual(await listed({ code: 'invalid_format' }), [
    2,
    [1, 'name', 'invalid_format'],
    [3, 'email', 'invalid_format'],
  ]);
  assert.deepEqual(await listed({ field: 'email' }), [1, [3, 'email', 'invalid_format']]);
  assert.deepEqual(await listed({ code: 'nonsense' }), [0]);
  assert.deepEqual(await listed({}, { page: 2, perPage: 2 }), [3, [3, 'email', 'invalid_format']]);
});
