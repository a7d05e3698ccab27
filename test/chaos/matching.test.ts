import { test } from 'node:test';
import { strikeMatching } from './match-storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

test(
  'matching by likeness ends like an undisturbed run when its worker and then PostgreSQL are killed',
  { skip, timeout: 240_000 },
  async (t) => {
    await strikeMatching(
      [
        ['key', 'worker'],
        ['score', 'postgres'],
        ['group', 'worker'],
      ],
      (line) => t.diagnostic(line),
    );
  },
);
