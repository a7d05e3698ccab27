import assert from 'node:assert/strict';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { workflowBundle } from '../../temporal/workflow-bundle.ts';
import { readHistory, recordedHistories } from '../support/histories.ts';
import type { History } from '../support/histories.ts';

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
const names = await recordedHistories();
const codePath = await workflowBundle(join(tmpdir(), 'lading-test-workflows'));

const replay = (history: History): Promise<void> => Worker.runReplayHistory({ workflowBundle: { codePath } }, history);

test('there is a history of each kind of workflow', () => {
  assert.deepEqual([...new Set(names.map((name) => name.split('-')[0]))], ['import', 'scheduled', 'validate']);
});

for (const name of names) {
  test(`a job that began before a deployment goes on after it: ${name}`, async () => {
    await replay(await readHistory(name));
  });
}

test('a history that these workflows cannot have made is found out', async () => {
  const history = await readHistory('import-completed');
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events ?? []) {
    if (scheduled?.activityType?.name === 'nextWork') scheduled.activityType.name = 'otherWork';
  }
  await assert.rejects(replay(history), { name: 'DeterminismViolationError' });
});
