import { test } from 'node:test';
import { MATCH_PHASES } from '../../src/store/match/match-step.ts';
import { OPERATIONS, strikeMatching } from './match-storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

test(
  'matching by likeness ends like an undisturbed run wherever its worker is killed, and when everything is',
  { skip, timeout: 600_000 },
  async (t) => {
    const everywhere = MATCH_PHASES.map((phase) => [phase, 'worker'] as const);
    await strikeMatching([...everywhere.slice(0, 4), ['score', 'everything'], ...everywhere.slice(4)], (line) =>
      t.diagnostic(line),
    );
  },
);

test(
  'matching at once ends like an undisturbed run wherever its worker is killed, and when everything is',
  { skip, timeout: 600_000 },
  async (t) => {
    const everywhere = OPERATIONS.map((operation) => [operation, 'worker'] as const);
    await strikeMatching([...everywhere.slice(0, 3), ['Looking', 'everything'], ...everywhere.slice(3)], (line) =>
      t.diagnostic(line),
    );
  },
);
