import assert from 'node:assert/strict';
import { z } from 'zod';
import { CONTACTS, CONTACTS_DELTA } from '../../bench/contacts.ts';
import { NO_UNDOS } from '../../src/domain/rollback.ts';
import { makeVictim } from '../support/chaos.ts';
import type { Victim } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { contactsProfile, countersOf, logIn, runJob } from '../support/lading-process.ts';
import { strikeAll } from './storm.ts';
import type { Storm } from './storm.ts';

const options = { options: { selected_types: ['customer_users'], batch_size: 5_000 } };
const CONFIRMED = { understood_consequences: true, backup_created: true };

const made = z.object({ rollback_job: z.object({ id: z.string() }) });
const stood = z.object({ rollback_job: z.object({ status: z.string(), outcomes: z.record(z.string(), z.number()) }) });

/** Rows of a chunk; each job is struck often enough to need many of them. */
const BATCH = 250;

/** Rolls a job back while everything is struck; its outcomes. */
async function undoInStorm(
  victim: Victim,
  jobId: string,
  storm: Storm,
  say: (line: string) => void,
): Promise<Record<string, number>> {
  const client = await logIn(victim.lading.current().baseUrl);
  const body = { rollback_options: { batch_size: BATCH }, confirmation: CONFIRMED };
  const { rollback_job: rollback } = await client.post(`/api/import/jobs/${jobId}/rollback`, body, made);
  say((await strikeAll(victim, rollback.id, storm)).join(', '));
  await eventually(
    'the rollback ends',
    async () => {
      const [job] = await victim.lading.query('select from import_jobs where id = $1 and completed_at is not null', [
        rollback.id,
      ]);
      return job !== undefined;
    },
    storm.patienceMs,
  );
  const again = await logIn(victim.lading.current().baseUrl);
  const { rollback_job: job } = await again.get(`/api/import/rollback/${rollback.id}/status`, stood);
  assert.equal(job.status, 'completed');
  const [entries] = await victim.lading.query(
    `select count(*)::int as entries, count(distinct row_number)::int as rows from import_undos
     where job_number = (select number from import_jobs where id = $1)`,
    [rollback.id],
  );
  const rows = Object.values(job.outcomes).reduce((sum, count) => sum + count, 0);
  assert.deepEqual({ ...entries }, { entries: rows, rows });
  return job.outcomes;
}

/**
 * Imports a source, imports a changed version of it, has somebody edit some records, and undoes both imports, the last
 * first, while everything is struck. What nobody edited has to be as it was before, byte by byte.
 */
export async function weatherUndo(storm: Storm, say: (line: string) => void): Promise<void> {
  const victim = await makeVictim(storm.rows, storm.workers);
  const { lading } = victim;
  try {
    const profile = await contactsProfile(lading.client, victim.database.url, 'Undone');
    const first = await runJob(lading.client, profile, options);
    assert.equal(countersOf(first).created, storm.rows);
    await lading.query('create table "was" as select "id", "t"::text as "bytes" from "target"."customer_users" as "t"');
    await victim.source.query(
      `alter table "${CONTACTS}" rename to "before"; alter table "${CONTACTS_DELTA}" rename to "${CONTACTS}"`,
    );
    const second = await runJob(lading.client, profile, options);
    const { created, updated } = countersOf(second);
    assert.ok(created > 0 && updated > 0);
    const edits = await lading.query<{ id: string; kind: string }>(
      `update target.customer_users as "t" set "city" = 'edited' from (
         select "target_id" as "id", "action"::text as "kind" from "import_records"
         where "job_number" = (select "number" from "import_jobs" where "id" = $1)
           and "action" in ('created', 'updated') and "row_number" % 50 = 0) as "r"
       where "t"."id" = "r"."id" returning "t"."id", "r"."kind"`,
      [second.id],
    );
    const changed = created + updated;
    assert.deepEqual(await undoInStorm(victim, second.id, { ...storm, rows: changed }, say), {
      ...NO_UNDOS,
      reversed: changed - edits.length,
      kept_edited: edits.length,
    });
    const different = await lading.query(
      `select from "was" full join "target"."customer_users" as "t" using ("id")
       where "bytes" is distinct from "t"::text and "t"."city" is distinct from 'edited' limit 1`,
    );
    assert.equal(different.length, 0);

    const superseded = edits.filter(({ kind }) => kind === 'updated').length;
    assert.deepEqual(await undoInStorm(victim, first.id, storm, say), {
      ...NO_UNDOS,
      reversed: storm.rows - superseded,
      kept_superseded: superseded,
    });
    const left = await lading.query('select from "target"."customer_users"');
    assert.equal(left.length, edits.length);
  } finally {
    await victim.stop();
  }
}
