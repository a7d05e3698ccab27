import { test } from 'node:test';
import { weatherUndo } from './undo-storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

test('two undos survive killed workers and a killed PostgreSQL, row by row', { skip, timeout: 400_000 }, async (t) => {
  await weatherUndo(
    { seed: 4, rows: 10_000, workers: 1, blows: ['worker', 'postgres', 'worker'], patienceMs: 120_000 },
    (line) => t.diagnostic(line),
  );
});
