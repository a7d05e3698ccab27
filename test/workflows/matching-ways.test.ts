import assert from 'node:assert/strict';
import { test } from 'node:test';
import { people } from '../../bench/people.ts';
import { startTestEngine } from '../support/jobs.ts';
import { coded, fillPeople, makeImporter, person } from '../support/people-source.ts';
import { fuzzy, staged } from './matching-stage.ts';

const SET = people(600, 300, 'hard', 7);

/** What becomes of rows, in an engine that matches so many of them in memory. */
async function results(matchRows: number): Promise<unknown> {
  const engine = await startTestEngine({ matchRows });
  try {
    await engine.startWorker();
    const incoming = new Map([...coded('in', SET.incoming), ...coded('twin', SET.incoming.slice(0, 40))]);
    const same = { first_name: 'Wilhelmina', last_name: 'Ostertag', city: 'Geelong', birth_date: '1949-02-11' };
    for (let at = 0; at < 20; at++) incoming.set(`crowd-${at}`, person({ ...same, phone: `03 5555 12${at % 4}` }));
    await fillPeople(engine, 'there', coded('there', SET.rows));
    await fillPeople(engine, 'incoming', incoming);
    await fillPeople(engine, 'more', new Map([...coded('in', SET.incoming.slice(0, 100)), ...coded('x', SET.rows)]));
    const importer = await makeImporter(engine);
    await importer.run('there');
    const first = await importer.outcomes(await importer.run('incoming', fuzzy()));
    const jobId = await importer.run('more', fuzzy({ skipDuplicates: true }));
    const second = await importer.outcomes(jobId);
    await engine.workflowEnd(jobId);
    assert.deepEqual(await staged(engine), []);
    return [first, second];
  } finally {
    await engine.close();
  }
}

test('rows that are matched in memory and rows that go by way of the store come to the same', async () => {
  assert.deepEqual(await results(90), await results(100_000));
});
