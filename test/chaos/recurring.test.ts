import { test } from 'node:test';
import { recur } from './recurring.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

test(
  'a schedule fires every two seconds without overlap or loss, also across a kill of everything',
  { skip, timeout: 300_000 },
  async (t) => recur({ seconds: 16, blows: ['everything'] }, (line) => t.diagnostic(line)),
);
