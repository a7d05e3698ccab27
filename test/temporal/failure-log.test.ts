import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, test } from 'node:test';
import { startTestEngine, makeProfile } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';

type Line = Readonly<Record<string, unknown>>;

let engine: TestEngine;
const lines: Line[] = [];
const written = new EventEmitter();

before(async () => {
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Line);
    written.emit('line');
  };
  engine = await startTestEngine({ log: { write } });
});

after(() => engine.close());

/** The first line that fits, waited for if it is not there yet. */
async function logged(fits: (line: Line) => boolean): Promise<Line> {
  for (;;) {
    const found = lines.find(fits);
    if (found) return found;
    await once(written, 'line');
  }
}

/** What is logged above the usual while a job comes to its end, failed. */
async function loggedOf(profileId: string): Promise<{ jobId: string; told: Line[] }> {
  const from = lines.length;
  const jobId = await engine.create({ profileId });
  await engine.reached(jobId, 'failed');
  assert.equal(await engine.workflowEnd(jobId), 'FAILED');
  const told = lines.slice(from).filter(({ level }) => level === 'warn' || level === 'error');
  return { jobId, told: told.map(({ time: _time, pid: _pid, component: _component, ...rest }) => rest) };
}

test('a source’s wrong password is one line that names the job, and says nothing of where in the code', async () => {
  await engine.startWorker();
  const url = new URL(engine.sourceUrl);
  url.password = 'CANARY-wrong';
  const { jobId, told } = await loggedOf(await makeProfile(engine.deps, engine.actor, url.href));
  assert.deepEqual(told, [
    {
      level: 'warn',
      activity: 'planTarget',
      attempt: 1,
      job: jobId,
      code: 'source_unreachable',
      reason: `Connection failed: SQLSTATE[28P01]: password authentication failed for user "${url.username}"`,
      message: 'activity failed',
    },
  ]);
});

test('a bug is told with where it happened', async () => {
  await engine.restartWorker((activities) => ({
    ...activities,
    planTarget: () => Promise.reject(new RangeError('out of cheese')),
  }));
  const jobId = await engine.create();
  const { err } = await logged(({ level, job }) => level === 'warn' && job === jobId);
  assert.match(JSON.stringify(err), /"message":"out of cheese".*failure-log\.test/u);
});
