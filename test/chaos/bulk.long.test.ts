import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { jobAnswer } from '../../src/demo/job-answers.ts';
import { makeVictim } from '../support/chaos.ts';
import type { Victim } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, countersOf, logIn, runJob } from '../support/lading-process.ts';
import { strikeAll } from './storm.ts';
import type { Storm } from './storm.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

const ROWS = 8_000;

const answered = z.object({ accepted: z.number(), job: z.object({ id: z.string() }) });

/** Strikes the job of a bulk request until it has ended. */
async function weathered(victim: Victim, jobId: string, storm: Storm, say: (line: string) => void): Promise<void> {
  say((await strikeAll(victim, jobId, storm)).join(', '));
  await eventually(
    'the job ends',
    async () => {
      const ended = 'select from import_jobs where id = $1 and completed_at is not null';
      return (await victim.lading.query(ended, [jobId])).length > 0;
    },
    storm.patienceMs,
  );
}

test(
  'an approval and a deletion of many records survive killed workers and PostgreSQL, each record once',
  { skip, timeout: 400_000 },
  async (t) => {
    const victim = await makeVictim(ROWS, 1);
    const { lading } = victim;
    const say = (line: string): void => t.diagnostic(line);
    try {
      const profile = await contactsProfile(lading.client, victim.database.url, 'Struck');
      const first = await runJob(lading.client, profile, {
        options: { selected_types: ['customer_users'], batch_size: 100 },
        mode_config: { import_mode: 'update' },
      });
      assert.equal(countersOf(first).skipped, ROWS);

      const criteria = { criteria: { job_id: first.id } };
      const approval = await lading.client.post('/api/import/records/bulk/approve', criteria, answered);
      assert.equal(approval.accepted, ROWS);
      const storm = { seed: 11, rows: ROWS, workers: 1, patienceMs: 120_000 } as const;
      await weathered(victim, approval.job.id, { ...storm, blows: ['worker', 'everything', 'postgres'] }, say);
      const client = await logIn(lading.current().baseUrl);
      const job = await client.get(`/api/import/jobs/${approval.job.id}`, jobAnswer);
      assert.deepEqual(
        { status: job.status, ...countersOf(job) },
        { status: 'completed', created: ROWS, updated: 0, skipped: 0, failed: 0 },
      );
      const written = `select count(*)::int as records, count(distinct external_id)::int as contacts,
        (select count(*)::int from import_records where review_status = 'approved') as approved from target.customer_users`;
      const [all] = await lading.query(written);
      assert.deepEqual({ ...all }, { records: ROWS, contacts: ROWS, approved: ROWS });

      const deletion = await client.delete('/api/import/records/bulk', answered, {
        criteria: { job_id: approval.job.id, import_action: 'created' },
        rollback_options: { rollback_target_records: true },
      });
      await weathered(victim, deletion.job.id, { ...storm, seed: 12, blows: ['worker', 'postgres'] }, say);
      const [none] = await lading.query(
        `select (select count(*)::int from target.customer_users) as records,
           (select count(*)::int from import_undos) as undos,
           (select count(*)::int from import_records where deleted_at is not null) as deleted`,
      );
      assert.deepEqual({ ...none }, { records: 0, undos: ROWS, deleted: ROWS });
    } finally {
      await victim.stop();
    }
  },
);
