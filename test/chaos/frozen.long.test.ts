import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { eventually } from '../support/lading.ts';
import { openLading } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';

/** Longer than any of them may be silent, on a machine that is busy with something else. */
const PATIENCE_MS = 240_000;

const NAMES = ['api', 'worker', 'temporal', 'postgres'];

describe('a process that is frozen', { skip: process.platform !== 'linux' && 'it stops processes by signals' }, () => {
  let lading: LadingProcess;

  before(async () => {
    lading = await openLading();
  });
  after(() => lading.stop());

  for (const name of NAMES) {
    test(`is ended and started again: ${name}`, { timeout: PATIENCE_MS * 2 }, async () => {
      const frozen = await lading.home.pid(name);
      process.kill(frozen, 'SIGSTOP');
      await eventually(`another ${name} runs`, async () => (await lading.home.pid(name)) !== frozen, PATIENCE_MS);
      assert.throws(() => process.kill(frozen, 0), { code: 'ESRCH' });
      await eventually(
        'all of it is ready',
        async () => {
          await lading.client.get('/health/ready', z.object({ status: z.literal('ready') }));
          return true;
        },
        PATIENCE_MS,
      );
    });
  }
});
