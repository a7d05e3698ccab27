import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Actor } from '../../../src/domain/actor.ts';
import { JOB_STATUSES } from '../../../src/domain/job.ts';
import type { JobStatus } from '../../../src/domain/job.ts';
import { createJobs } from '../../../src/engine/jobs/index.ts';
import { AuditEntry } from '../../../src/store/entities/audit-entry.ts';
import { ImportJob } from '../../../src/store/entities/import-job.ts';
import { createOrchestrator } from '../../../temporal/orchestrator.ts';
import { makeActor } from '../../support/factories.ts';
import { startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';
import { startImport } from '../../support/records.ts';

let engine: TestEngine;
let owner: Actor;
let agent: Actor;

before(async () => {
  engine = await startTestEngine();
  owner = engine.actor;
  agent = await makeActor(engine.orm, { tenantId: owner.tenantId, role: 'agent' });
});

after(() => engine.close());

type Verb = 'cancel' | 'pause' | 'resume';
const VERBS: readonly Verb[] = ['cancel', 'pause', 'resume'];

/** A job in the store that Temporal knows nothing of. */
async function make(status: JobStatus, by: Actor = owner): Promise<string> {
  const { jobId } = await startImport(engine.orm, { tenantId: by.tenantId, status });
  await engine.orm.em.fork().nativeUpdate(ImportJob, { id: jobId }, { createdById: by.userId });
  return jobId;
}

/** The status a job has after a verb, or the code of the refusal. */
async function outcome(verb: Verb, jobId: string, actor: Actor = owner): Promise<string> {
  return engine.jobs[verb](actor, jobId).then(
    (view) => view.job.status,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}

test('a job is cancelled while it is not over, paused while it runs and resumed while it is paused', async () => {
  const outcomes = await Promise.all(
    JOB_STATUSES.map(async (status) => [
      status,
      ...(await Promise.all(VERBS.map(async (verb) => outcome(verb, await make(status))))),
    ]),
  );
  assert.deepEqual(outcomes, [
    ['pending', 'cancelled', 'wrong_state', 'wrong_state'],
    ['running', 'cancelled', 'paused', 'wrong_state'],
    ['paused', 'cancelled', 'wrong_state', 'running'],
    ['completed', 'wrong_state', 'wrong_state', 'wrong_state'],
    ['failed', 'wrong_state', 'wrong_state', 'wrong_state'],
    ['cancelled', 'wrong_state', 'wrong_state', 'wrong_state'],
  ]);
});

test('a refusal says what the job is', async () => {
  await assert.rejects(engine.jobs.pause(owner, await make('completed')), {
    code: 'wrong_state',
    message: 'Cannot pause an import job that is completed.',
    details: { action: 'pause', status: 'completed' },
  });
});

test('what was done is told in the log of events and in the audit, once', async () => {
  const jobId = await make('running');
  assert.deepEqual(
    [
      await outcome('pause', jobId),
      await outcome('pause', jobId),
      await outcome('resume', jobId),
      await outcome('cancel', jobId),
    ],
    ['paused', 'wrong_state', 'running', 'cancelled'],
  );
  assert.deepEqual(await engine.eventsOf(jobId), ['job.paused', 'job.resumed', 'job.cancelled']);
  const entries = await engine.orm.em.fork().find(AuditEntry, { subjectId: jobId }, { orderBy: { id: 'asc' } });
  assert.deepEqual(
    entries.map((entry) => [entry.action, entry.userId]),
    [
      ['job.pause', owner.userId],
      ['job.resume', owner.userId],
      ['job.cancel', owner.userId],
    ],
  );
});

test('a job that could not be written into the audit is left as it is', async () => {
  const jobId = await make('running');
  await engine.orm.em.fork().execute(`
    create function no_audit() returns trigger language plpgsql as $$ begin raise exception 'no ink'; end $$;
    create trigger "no_audit" before insert on "audit_entries" for each row when (new."subject_id" = '${jobId}') execute function no_audit()`);
  await assert.rejects(engine.jobs.cancel(owner, jobId), /no ink/);
  assert.equal((await engine.job(jobId)).status, 'running');
  assert.deepEqual(await engine.eventsOf(jobId), []);
});

test('an agent controls the jobs he started; those of others do not exist for him', async () => {
  for (const verb of VERBS) {
    const status = verb === 'resume' ? 'paused' : 'running';
    assert.notEqual(await outcome(verb, await make(status, agent), agent), 'forbidden');
    assert.equal(await outcome(verb, await make(status), agent), 'not_found');
  }
});

test('whoever sees a job of another but may not import cannot stop it', async () => {
  const reader = await makeActor(engine.orm, {
    tenantId: owner.tenantId,
    role: 'admin',
    permissions: ['pages.import.manage'],
  });
  const jobId = await make('running');
  assert.equal((await engine.jobs.get(reader, jobId)).job.id, jobId);
  assert.equal(await outcome('cancel', jobId, reader), 'forbidden');
  assert.equal((await engine.job(jobId)).status, 'running');
});

test('a job of another tenant, or none, is not found', async () => {
  const stranger = await makeActor(engine.orm);
  for (const verb of VERBS) {
    for (const jobId of [await make('running'), randomUUID(), 'nonsense'])
      assert.equal(await outcome(verb, jobId, stranger), 'not_found');
  }
});

test('a job is stopped in the store also while Temporal is away', async () => {
  const away = createOrchestrator({
    address: '127.0.0.1:1',
    namespace: 'default',
    taskQueue: engine.taskQueue,
    uiUrl: '',
  });
  const jobs = createJobs({ ...engine.deps, orchestrator: away });
  const jobId = await make('running');
  assert.equal((await jobs.pause(owner, jobId)).job.status, 'paused');
  assert.equal((await jobs.resume(owner, jobId)).job.status, 'running');
  assert.equal((await jobs.cancel(owner, jobId)).job.status, 'cancelled');
  await away.close();
});
