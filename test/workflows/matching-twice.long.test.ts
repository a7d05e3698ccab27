import assert from 'node:assert/strict';
import { test } from 'node:test';
import { people } from '../../bench/people.ts';
import { AppError } from '../../src/domain/errors.ts';
import { startTestEngine } from '../support/jobs.ts';
import { coded, fillPeople, makeImporter } from '../support/people-source.ts';
import { fuzzy, staged } from './matching-stage.ts';

const SET = people(300, 200, 'hard', 11);

/** What becomes of rows, in an engine that matches so many of them in memory, where so many workers take one match pass. */
async function outcomes(matchRows: number, workers: number): Promise<unknown> {
  const engine = await startTestEngine({ matchRows });
  try {
    await engine.startWorker((activities) => ({
      ...activities,
      matchTarget: async (step) => {
        const ends = await Promise.allSettled(Array.from({ length: workers }, () => activities.matchTarget(step)));
        for (const end of ends) {
          if (end.status === 'fulfilled') continue;
          assert.ok(end.reason instanceof AppError && end.reason.code === 'superseded', String(end.reason));
        }
        assert.ok(ends.some((end) => end.status === 'fulfilled'));
        return { stopped: false };
      },
    }));
    await fillPeople(engine, 'there', coded('there', SET.rows));
    await fillPeople(engine, 'incoming', coded('in', SET.incoming));
    const importer = await makeImporter(engine);
    await importer.run('there');
    const jobId = await importer.run('incoming', fuzzy());
    const found = await importer.outcomes(jobId);
    await engine.workflowEnd(jobId);
    assert.deepEqual(await staged(engine), []);
    return found;
  } finally {
    await engine.close();
  }
}

test('several workers who match one job at once come to what one of them does', async () => {
  const alone = await outcomes(100_000, 1);
  assert.deepEqual(await outcomes(100_000, 3), alone);
  assert.deepEqual(await outcomes(60, 3), alone);
});
