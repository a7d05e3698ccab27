import { test } from 'node:test';
import { weather } from './storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

// `npm run chaos` has the long ones.
test('an import survives the end of everything at once, row by row', { skip, timeout: 400_000 }, (t) =>
  weather(
    { seed: 20_261_121, rows: 6_000, batch: 200, workers: 1, blows: ['everything'], patienceMs: 120_000 },
    (line) => t.diagnostic(line),
  ),
);
