import { writeHistory } from './histories.ts';
import { startTestEngine } from './jobs.ts';
import type { TestEngine } from './jobs.ts';
import { rawSession } from './sessions.ts';

/*
 * Writes the histories that test/workflows/replay.test.ts replays: run it after a change of the workflows that running
 * jobs cannot follow, with the servers' variables set (node test/support/run.ts --serve).
 */

/** What each recorded job goes through, to its end. */
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
};

const engine = await startTestEngine({ contacts: 500 });
try {
  await engine.startWorker();
  for (const [name, tell] of Object.entries(STORIES)) {
    await engine.orm.em.fork().execute('truncate "target"."customer_users" cascade');
    const jobId = await tell(engine);
    await engine.workflowEnd(jobId);
    const history = await engine.temporal.workflow.getHandle(jobId).fetchHistory();
    await writeHistory(name, history);
  }
} finally {
  await engine.close();
}
