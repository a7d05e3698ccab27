import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { people } from '../../bench/people.ts';
import { randomOf } from '../../src/demo/random.ts';
import { MATCH_PHASES } from '../../src/store/match/match-step.ts';
import type { MatchPhase } from '../../src/store/match/match-step.ts';
import { makeVictim } from '../support/chaos.ts';
import type { Blow, Victim } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { makeProfile, runJob, startJob } from '../support/lading-process.ts';
import { coded, fillPeople, peopleQuery } from '../support/people-source.ts';

/** Makes each step of a match pass take a little longer, so that it can be struck. */
const SLOWER = `
  create function match_pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.15); return new; end $$;
  create trigger match_pause before update on import_matchings for each row
    when (new.position is distinct from old.position or new.phase <> old.phase) execute function match_pause()`;

/** The same of one that is done at once: it waits when it has said what it does next. */
const SLOWER_TO_SAY = `
  create function match_pause() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return new; end $$;
  create trigger match_pause before update on import_jobs for each row
    when (new.operation is distinct from old.operation) execute function match_pause()`;

const MODE = {
  options: { batch_size: 500 },
  mode_config: { duplicate_detection: { enabled: true, strategy: 'fuzzy' }, skip_duplicates: true },
};

async function profileOf({ lading, database }: Victim, table: string, name: string): Promise<string> {
  const profile = await makeProfile(lading.client, database.url, name);
  const { baseTable, fields } = peopleQuery(table);
  await lading.client.post(
    `/api/import/profiles/${profile}/queries`,
    { base_table: baseTable, fields, target_type: 'customer_users' },
    z.unknown(),
  );
  return profile;
}

/** What became of each row of a job. */
const outcomes = ({ lading }: Victim, jobId: string): Promise<object[]> =>
  lading.query(
    `select r.source_identifier, r.action, r.review_status, r.matched, t.external_id,
       r.action = 'created' and count(*) over (partition by r.target_id, r.action) = 1 as alone
     from import_records r join import_jobs j on j.number = r.job_number
     left join target.customer_users t on t.id = coalesce(r.target_id, r.duplicate_of)
     where j.id = $1 order by r.source_identifier`,
    [jobId],
  );

/** Steps of a pass that is done at once, by what it says that it does. */
export const OPERATIONS = ['Reading', 'Learning', 'Keying', 'Looking', 'Processing'] as const;
export type Operation = (typeof OPERATIONS)[number];

async function operationOf({ lading }: Victim, jobId: string): Promise<string> {
  const [row] = await lading.query<{ operation: string | null }>('select operation from import_jobs where id = $1', [
    jobId,
  ]);
  return row?.operation ?? '';
}

async function phaseOf({ lading }: Victim, jobId: string): Promise<MatchPhase> {
  const [row] = await lading.query<{ phase: MatchPhase }>('select phase from import_matchings where job_id = $1', [
    jobId,
  ]);
  return row?.phase ?? 'stage';
}

/**
 * Imports people among whom many are there already, undisturbed, and again while it is struck in phases of its match
 * pass: what becomes of each row must be the same.
 */
export async function strikeMatching(
  blows: readonly (readonly [MatchPhase | Operation, Blow])[],
  say: (line: string) => void,
): Promise<void> {
  const isPhase = (step: string): step is MatchPhase => (MATCH_PHASES as readonly string[]).includes(step);
  const byStore = blows.some(([step]) => isPhase(step));
  const victim = await makeVictim(1, byStore ? 1 : 2, { LADING_WORKER_MATCH_ROWS: byStore ? '200' : '100000' });
  const { lading } = victim;
  try {
    const set = people(2_000, 1_000, 'clean', 5);
    await fillPeople(victim, 'there', coded('there', set.rows));
    await fillPeople(
      victim,
      'incoming',
      new Map([...coded('in', set.incoming), ...coded('twin', set.incoming.slice(0, 200))]),
    );
    await lading.query(byStore ? SLOWER : SLOWER_TO_SAY);
    await runJob(lading.client, await profileOf(victim, 'there', 'There'));
    const clean = await runJob(lading.client, await profileOf(victim, 'incoming', 'Undisturbed'), MODE);
    assert.equal(clean.status, 'completed');
    const expected = await outcomes(victim, clean.id);
    await lading.query(
      `delete from target.customer_users where id in (select target_id from import_records r
         join import_jobs j on j.number = r.job_number where j.id = $1 and r.action = 'created')`,
      [clean.id],
    );

    // All that was learned and keyed is to be learned and keyed again: each step is one that can be struck.
    if (!byStore) await lading.query('truncate import_match_indexes, import_match_records, import_match_keys');
    const jobId = await startJob(lading.client, await profileOf(victim, 'incoming', 'Struck'), MODE);
    const random = randomOf(3, 1, 0);
    for (const [phase, blow] of blows) {
      await eventually(
        `the match pass comes to ${phase}`,
        async () =>
          isPhase(phase)
            ? MATCH_PHASES.indexOf(await phaseOf(victim, jobId)) >= MATCH_PHASES.indexOf(phase)
            : (await operationOf(victim, jobId)).startsWith(phase),
        60_000,
      );
      await victim.strike(blow, jobId, random);
      say(`${blow} in ${phase}`);
      await delay(byStore ? 100 : random.below(600));
    }
    await eventually(
      'the import ends',
      async () =>
        (await lading.query('select from import_jobs where id = $1 and completed_at is not null', [jobId])).length > 0,
      120_000,
    );
    const [job] = await lading.query('select status, error from import_jobs where id = $1', [jobId]);
    assert.deepEqual(job, { status: 'completed', error: null });
    assert.deepEqual(await outcomes(victim, jobId), expected);
    await eventually('nothing of the match pass is left', async () => {
      const left = await lading.query(
        `select from import_match_rows union all select from import_match_results
         union all select from import_match_links union all select from import_match_marks`,
      );
      return left.length === 0;
    });
  } finally {
    await victim.stop();
  }
}
