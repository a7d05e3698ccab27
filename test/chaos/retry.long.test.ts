import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobAnswer, startedJobAnswer } from '../../src/demo/job-answers.ts';
import { randomOf } from '../../src/demo/random.ts';
import { makeVictim } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, countersOf, logIn, runJob } from '../support/lading-process.ts';

const skip = process.platform !== 'linux' && 'it looks at processes in /proc';

const ROWS = 20_000;
const BROKEN = ROWS / 4;

test(
  'a retry survives killed workers, PostgreSQL, its source and all at once, and ends equal to a clean run',
  {
    skip,
    timeout: 300_000,
  },
  async (t) => {
    const victim = await makeVictim(ROWS, 1);
    try {
      const options = { options: { selected_types: ['customer_users'], batch_size: 100 } };
      const { client } = victim.lading;
      const profile = await contactsProfile(client, victim.database.url, 'Struck');
      await victim.source.query(`
      alter table contacts alter column birth_date type text using birth_date::text, add column born text;
      update contacts set born = birth_date, birth_date = 'unknown' where id % 4 = 0`);
      const first = await runJob(client, profile, options);
      assert.deepEqual(countersOf(first), { created: ROWS - BROKEN, updated: 0, skipped: 0, failed: BROKEN });
      await victim.source.query(`update contacts set birth_date = born where born is not null`);

      const retry = await client.post(`/api/import/jobs/${first.id}/retry`, {}, startedJobAnswer);
      const random = randomOf(7, 2, 0);
      for (const [blow, at] of [
        ['worker', 300],
        ['everything', 1_200],
        ['worker', 2_100],
        ['source', 2_800],
        ['postgres', 3_500],
      ] as const) {
        const committed = await victim.committed(retry.job.id, at);
        assert.ok(committed !== null, `the retry ended before ${blow} was struck`);
        await victim.strike(blow, retry.job.id, random);
        t.diagnostic(`${blow} at ${committed}`);
      }
      await eventually(
        'the retry ends',
        async () =>
          (
            await victim.lading.query('select from import_jobs where id = $1 and completed_at is not null', [
              retry.job.id,
            ])
          ).length > 0,
        120_000,
      );

      const again = await logIn(victim.lading.current().baseUrl);
      const job = await again.get(`/api/import/jobs/${retry.job.id}`, jobAnswer);
      assert.deepEqual(
        { status: job.status, unprocessed: job.records_unprocessed, ...countersOf(job) },
        { status: 'completed', unprocessed: 0, created: BROKEN, updated: 0, skipped: 0, failed: 0 },
      );
      // The same source rows by number and identifier, each once.
      const unlike = await victim.lading.query(
        `select coalesce(a.row_number, b.row_number) as row from
         (select * from import_records where job_number = (select number from import_jobs where id = $1) and action = 'failed') as a
       full join (select * from import_records where job_number = (select number from import_jobs where id = $2)) as b
         on a.row_number = b.row_number and a.source_identifier = b.source_identifier and b.attempt = 2
           and b.action = 'created'
       where a.row_number is null or b.row_number is null`,
        [first.id, retry.job.id],
      );
      assert.deepEqual(unlike, []);
      const clean = await contactsProfile(again, victim.database.url, 'Undisturbed');
      assert.equal((await runJob(again, clean, options)).status, 'completed');
      const fields = 'external_id, name, email, phone, company, city, birth_date, source_hash';
      const [difference] = await victim.lading.query(
        `with mine as (select ${fields} from target.customer_users where source_id = $1),
         theirs as (select ${fields} from target.customer_users where source_id = $2)
       select (select count(*)::int from mine) as records,
         (select count(*)::int from (table mine except all table theirs) as more) as more,
         (select count(*)::int from (table theirs except all table mine) as fewer) as fewer`,
        [profile, clean],
      );
      assert.deepEqual(difference, { records: ROWS, more: 0, fewer: 0 });
    } finally {
      await victim.stop();
    }
  },
);
