import { describe, test } from 'node:test';
import { recur } from './recurring.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

describe('a schedule that fires every two seconds for a minute loses nothing and overlaps nothing', { skip }, () => {
  test('undisturbed', { timeout: 600_000 }, async (t) =>
    recur({ seconds: 60, blows: [] }, (line) => t.diagnostic(line)),
  );

  test('while everything is struck', { timeout: 600_000 }, async (t) =>
    recur({ seconds: 60, blows: ['worker', 'everything', 'temporal', 'postgres', 'everything', 'worker'] }, (line) =>
      t.diagnostic(line),
    ),
  );
});
