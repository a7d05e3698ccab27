import { test } from 'node:test';
import { weather } from './storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

test(
  'an import survives ten killed workers, Temporal, PostgreSQL, its source and all at once, row by row',
  {
    skip,
    timeout: 400_000,
  },
  async (t) => {
    await weather(
      {
        seed: 20_261_121,
        rows: 100_000,
        workers: 1,
        blows: [...Array.from({ length: 10 }, () => 'worker' as const), 'temporal', 'postgres', 'source', 'everything'],
        patienceMs: 120_000,
      },
      (line) => t.diagnostic(line),
    );
  },
);
