import { describe, test } from 'node:test';
import type { Blow } from '../support/chaos.ts';
import { weather } from './storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';
const several = (blow: Blow, count: number): Blow[] => Array.from({ length: count }, () => blow);

describe('a long storm', { skip }, () => {
  test('ten killed workers, Temporal, PostgreSQL, the source and all at once', { timeout: 900_000 }, async (t) => {
    const blows = [...several('worker', 10), 'temporal', 'postgres', 'source', 'everything'] as const;
    await weather({ seed: 20_261_121, rows: 100_000, workers: 1, blows, patienceMs: 300_000 }, (line) =>
      t.diagnostic(line),
    );
  });

  for (const seed of [1, 2, 3]) {
    test(`one worker, everything struck, seed ${seed}`, { timeout: 900_000 }, async (t) => {
      const blows = [
        ...several('worker', 8),
        ...several('temporal', 2),
        ...several('postgres', 2),
        ...several('source', 3),
        ...several('everything', 2),
        ...several('pause', 4),
      ];
      await weather({ seed, rows: 100_000, workers: 1, blows, patienceMs: 300_000 }, (line) => t.diagnostic(line));
    });

    test(`two workers, some frozen and waking late, seed ${seed}`, { timeout: 900_000 }, async (t) => {
      const blows = [
        ...several('freeze', 5),
        ...several('worker', 4),
        ...several('pause', 3),
        'source',
        'postgres',
      ] as const;
      await weather({ seed, rows: 100_000, workers: 2, blows, patienceMs: 300_000 }, (line) => t.diagnostic(line));
    });
  }
});
