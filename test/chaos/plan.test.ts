import { test } from 'node:test';
import { stormPlan } from './plan-storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

test(
  'a plan survives a killed worker, and is applied; npm run chaos does more to both',
  { skip, timeout: 300_000 },
  (t) => stormPlan(t, 2_000, [['worker', 800]], []),
);
