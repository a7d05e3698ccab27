import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine({ contacts: 20 });
  await engine.startWorker();
});
after(() => engine.close());

test('smoke', async () => {
  const view = await engine.schedules.create(engine.actor, { name: 'x', profileId: engine.profileId, intervalSeconds: 2 });
  console.log(view.nextRuns, view.paused, view.schedule.digest);
  await delay(7000);
  const again = await engine.schedules.get(engine.actor, view.schedule.id);
  console.log(again.recentJobs);
  for (const { jobId } of again.recentJobs) {
    const job = await engine.job(jobId);
    console.log(job.status, job.error, job.workflowRunId, job.startedAt, job.completedAt);
  }
  const p = await engine.schedules.pause(engine.actor, view.schedule.id);
  console.log(p.paused, p.nextRuns, p.schedule.digest);
  const kept = await engine.deps.orchestrator.schedules.find(view.schedule.id);
  console.log(kept);
  const c = await engine.schedules.update(engine.actor, view.schedule.id, { cron: '30 2 * * MON-FRI', timezone: 'Europe/Berlin' });
  console.log(c.schedule.digest, c.nextRuns);
  const r = await engine.schedules.resume(engine.actor, view.schedule.id);
  console.log(r.schedule.digest, r.nextRuns);
  const kept2 = await engine.deps.orchestrator.schedules.find(view.schedule.id);
  console.log(kept2?.digest, await engine.deps.orchestrator.schedules.list());
  await engine.schedules.remove(engine.actor, view.schedule.id);
  console.log(await engine.deps.orchestrator.schedules.find(view.schedule.id));
});
