import { ImportScheduleRun } from '../../src/store/entities/import-schedule-run.ts';
import { pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { writeHistory } from './histories.ts';
import { startTestEngine } from './jobs.ts';
import type { TestEngine } from './jobs.ts';
import { jobsOfSchedule, makeSchedule } from './schedules.ts';
import { rawSession } from './sessions.ts';

/*
 * Writes the histories that test/workflows/replay.test.ts replays: run it after a change of the workflows that running
 * jobs cannot follow, with the servers' variables set (node test/support/run.ts --serve). Names as arguments record just
 * those.
 */

/** What each recorded workflow goes through, to its end; answers with its id. */
const STORIES: Readonly<Record<string, (engine: TestEngine) => Promise<string>>> = {
  async 'import-completed'(engine) {
    const jobId = await engine.create();
    await engine.reached(jobId, 'completed');
    return jobId;
  },
  async 'validate-completed'(engine) {
    const jobId = await engine.create({ kind: 'validate' });
    await engine.reached(jobId, 'completed');
    return jobId;
  },
  async 'import-paused-and-resumed'(engine) {
    const jobId = await engine.create({ options: { batchSize: 1 } });
    await engine.progressed(jobId, 5);
    const handle = engine.temporal.workflow.getHandle(jobId);
    await handle.executeUpdate(pauseUpdate);
    await handle.executeUpdate(resumeUpdate);
    await engine.reached(jobId, 'completed');
    return jobId;
  },
  async 'import-told-of-a-pause'(engine) {
    const jobId = await engine.create({ options: { batchSize: 1 } });
    await engine.progressed(jobId, 5);
    await engine.jobs.pause(engine.actor, jobId);
    await engine.jobs.resume(engine.actor, jobId);
    await engine.reached(jobId, 'completed');
    return jobId;
  },
  async 'import-cancelled'(engine) {
    const jobId = await engine.create({ options: { batchSize: 1 } });
    await engine.progressed(jobId, 5);
    await engine.jobs.cancel(engine.actor, jobId);
    return jobId;
  },
  async 'import-failed'(engine) {
    await engine.source.query('alter table "contacts" rename to "people"');
    const jobId = await engine.create();
    await engine.reached(jobId, 'failed');
    await engine.source.query('alter table "people" rename to "contacts"');
    return jobId;
  },
  async 'validate-timed-out'(engine) {
    await using frozen = await rawSession(engine.sourceUrl);
    await frozen.query('begin; lock table "contacts" in access exclusive mode');
    const jobId = await engine.create({ kind: 'validate', options: { timeoutSeconds: 1 } });
    await engine.reached(jobId, 'failed');
    return jobId;
  },
  async 'scheduled-completed'(engine) {
    const { schedule } = await makeSchedule(engine);
    await engine.schedules.trigger(engine.actor, schedule.id);
    const [jobId = ''] = await jobsOfSchedule(engine, schedule.id, 1);
    return runOf(engine, jobId);
  },
  async 'scheduled-cancelled'(engine) {
    await using frozen = await rawSession(engine.sourceUrl);
    await frozen.query('begin; lock table "contacts" in access exclusive mode');
    const { schedule } = await makeSchedule(engine);
    await engine.schedules.trigger(engine.actor, schedule.id);
    const [jobId = ''] = await jobsOfSchedule(engine, schedule.id, 1);
    await engine.reached(jobId, 'running');
    const workflowId = await runOf(engine, jobId);
    await engine.temporal.workflow.getHandle(workflowId).cancel();
    return workflowId;
  },
};

/** The workflow that Temporal started for a job's run. */
async function runOf({ orm }: TestEngine, jobId: string): Promise<string> {
  return (await orm.em.fork().findOneOrFail(ImportScheduleRun, { jobId })).workflowId;
}

const chosen = process.argv.slice(2);
const engine = await startTestEngine({ contacts: 500 });
try {
  await engine.startWorker();
  for (const [name, tell] of Object.entries(STORIES)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    await engine.emptyTarget();
    const workflowId = await tell(engine);
    await engine.workflowEnd(workflowId);
    const history = await engine.temporal.workflow.getHandle(workflowId).fetchHistory();
    await writeHistory(name, history);
  }
} finally {
  await engine.close();
}
