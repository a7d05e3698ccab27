import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActivities } from '../../activities/index.ts';
import { people } from '../../bench/people.ts';
import { startTestEngine } from '../support/jobs.ts';
import { coded, fillPeople, makeImporter } from '../support/people-source.ts';
import type { RowOutcome } from '../support/people-source.ts';
import { areRight } from './matching-keys-stage.ts';
import { fuzzy } from './matching-stage.ts';

const SET = people(300, 200, 'hard', 13);

/** What becomes of rows that are imported by the process that has matched them, or by another one. */
async function outcomes(same: boolean): Promise<Map<string, RowOutcome>> {
  const engine = await startTestEngine();
  try {
    const other = createActivities(engine.deps);
    const readAgain: string[] = [];
    await engine.startWorker((activities) => ({
      ...activities,
      matchTarget: async (step) => {
        const matched = await activities.matchTarget(step);
        // Whoever reads the source again finds nobody there.
        if (same) await engine.source.query(`delete from "incoming"`);
        else readAgain.push(step.jobId);
        return matched;
      },
      ...(same ? {} : { importPartition: other.importPartition }),
    }));
    await fillPeople(engine, 'there', coded('there', SET.rows));
    await fillPeople(engine, 'incoming', coded('in', SET.incoming));
    const importer = await makeImporter(engine);
    await importer.run('there');
    const found = await importer.outcomes(await importer.run('incoming', fuzzy()));
    await areRight(engine, importer);
    assert.equal(readAgain.length, same ? 0 : 1);
    return found;
  } finally {
    await engine.close();
  }
}

test('an import goes on with what the match pass has read, or reads it again elsewhere, and comes to the same', async () => {
  const inHand = await outcomes(true);
  assert.equal(inHand.size, SET.incoming.length);
  assert.deepEqual(await outcomes(false), inHand);
});
