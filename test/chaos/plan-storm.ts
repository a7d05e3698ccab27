import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { startedJobAnswer } from '../../src/demo/job-answers.ts';
import { randomOf } from '../../src/demo/random.ts';
import { assertExactlyOnce, makeVictim } from '../support/chaos.ts';
import type { Blow } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, logIn, runJob } from '../support/lading-process.ts';

const planAnswer = z.object({
  plan: z.object({ id: z.string(), status: z.string(), summary: z.record(z.string(), z.number()) }),
});

/** What strikes when so many rows are committed. */
type Blows = readonly (readonly [Blow, number])[];

/** Plans an import of contacts and applies the plan, under blows, and holds the end against an undisturbed import. */
export async function stormPlan(t: TestContext, rows: number, planning: Blows, applying: Blows): Promise<void> {
  const victim = await makeVictim(rows, 1);
  const random = randomOf(11, 2, 0);
  const strike = async (jobId: string, blows: Blows): Promise<void> => {
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
    await strike(plan.id, planning);
    const again = await logIn(victim.lading.current().baseUrl);
    const planned = await again.get(`/api/import/plans/${plan.id}`, planAnswer);
    assert.deepEqual(planned.plan, {
      ...planned.plan,
      status: 'completed',
      summary: { create: rows, update: 0, skip: 0, fail: 0, review: 0, drifted: 0 },
    });
    assert.deepEqual(
      await victim.lading.query(`select (select count(*)::int from target.customer_users) as records,
        (select count(*)::int from pg_tables where schemaname = 'lading_plan') as mirrors`),
      [{ records: 0, mirrors: 0 }],
    );

    const { job } = await again.post(`/api/import/plans/${plan.id}/apply`, {}, startedJobAnswer);
    await strike(job.id, applying);
    const last = await logIn(victim.lading.current().baseUrl);
    const clean = await contactsProfile(last, victim.database.url, 'Undisturbed');
    assert.equal((await runJob(last, clean, { options })).status, 'completed');
    await assertExactlyOnce(victim.lading, job.id, profile, clean, rows);
  } finally {
    await victim.stop();
  }
}
