import { describe, test } from 'node:test';
import type { Blow } from '../support/chaos.ts';
import { weatherUndo } from './undo-storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';
const TEN = Array.from({ length: 10 }, (): Blow => 'worker');

describe('a long storm over two undos', { skip }, () => {
  for (const seed of [1, 2, 3]) {
    test(`killed at ten moments and more, seed ${seed}`, { timeout: 900_000 }, async (t) => {
      await weatherUndo(
        {
          seed,
          rows: 50_000,
          workers: 1,
          blows: [...TEN, 'temporal', 'postgres', 'everything', 'pause', 'pause'],
          patienceMs: 300_000,
        },
        (line) => t.diagnostic(line),
      );
    });
  }
});
