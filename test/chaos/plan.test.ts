import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { startedJobAnswer } from '../../src/demo/job-answers.ts';
import { randomOf } from '../../src/demo/random.ts';
import { assertExactlyOnce, makeVictim } from '../support/chaos.ts';
import type { Blow } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, logIn, runJob } from '../support/lading-process.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

const ROWS = 20_000;

const planAnswer = z.object({
  plan: z.object({ id: z.string(), status: z.string(), summary: z.record(z.string(), z.number()) }),
});

test(
  'a plan, and the job that applies it, survive killed workers, PostgreSQL, the source and all at once',
  { skip, timeout: 300_000 },
  async (t) => {
    const victim = await makeVictim(ROWS, 1);
    const random = randomOf(11, 2, 0);
    const strike = async (jobId: string, blows: readonly (readonly [Blow, number])[]): Promise<void> => {
      for (const [blow, at] of blows) {
        const committed = await victim.committed(jobId, at);
        assert.ok(committed !== null, `it ended before ${blow} was struck`);
        await victim.strike(blow, jobId, random);
        t.diagnostic(`${blow} at ${committed}`);
      }
      await eventually(
        'it ends',
        async () =>
          (await victim.lading.query('select from import_jobs where id = $1 and completed_at is not null', [jobId]))
            .length > 0,
        120_000,
      );
    };
    try {
      const options = { selected_types: ['customer_users'], batch_size: 100 };
      const { client } = victim.lading;
      const profile = await contactsProfile(client, victim.database.url, 'Struck');
      const { plan } = await client.post('/api/import/plans', { profile_id: profile, options }, planAnswer);
      await strike(plan.id, [
        ['worker', 1_000],
        ['postgres', 6_000],
        ['source', 10_000],
        ['everything', 14_000],
      ]);
      const again = await logIn(victim.lading.current().baseUrl);
      const planned = await again.get(`/api/import/plans/${plan.id}`, planAnswer);
      assert.deepEqual(planned.plan, {
        ...planned.plan,
        status: 'completed',
        summary: { create: ROWS, update: 0, skip: 0, fail: 0, review: 0, drifted: 0 },
      });
      assert.deepEqual(
        await victim.lading.query(`select (select count(*)::int from target.customer_users) as records,
          (select count(*)::int from pg_tables where schemaname = 'lading_plan') as mirrors`),
        [{ records: 0, mirrors: 0 }],
      );

      const { job } = await again.post(`/api/import/plans/${plan.id}/apply`, {}, startedJobAnswer);
      await strike(job.id, [
        ['worker', 1_500],
        ['everything', 7_000],
        ['postgres', 12_000],
      ]);
      const last = await logIn(victim.lading.current().baseUrl);
      const clean = await contactsProfile(last, victim.database.url, 'Undisturbed');
      assert.equal((await runJob(last, clean, { options })).status, 'completed');
      await assertExactlyOnce(victim.lading, job.id, profile, clean, ROWS);
    } finally {
      await victim.stop();
    }
  },
);
