import { Client, Connection } from '@temporalio/client';
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { randomOf } from '../../src/demo/random.ts';
import { makeVictim, processesIn } from '../support/chaos.ts';
import type { Blow, Victim } from '../support/chaos.ts';
import { eventually } from '../support/lading.ts';
import { logIn, makeProfile } from '../support/lading-process.ts';

export interface Recurrence {
  readonly seconds: number;
  /** What is struck, at even distances. */
  readonly blows: readonly Blow[];
}

const EVERY_SECONDS = 2;
/** Milliseconds after which what has to come and has not counts as lost. */
const PATIENCE_MS = 120_000;

const madeSchedule = z.object({ schedule: z.object({ id: z.string() }) });

interface Run {
  readonly due: number;
  readonly status: string;
  readonly began: Date;
  readonly ended: Date | null;
  readonly created: number;
  readonly updated: number;
}

const RUNS = `
  select extract(epoch from r.scheduled_at)::float8 as due, j.status, j.created_at as began, j.completed_at as ended,
    coalesce(sum(p.created), 0)::int as created, coalesce(sum(p.updated), 0)::int as updated
  from import_schedule_runs r join import_jobs j on j.id = r.job_id left join import_partitions p on p.job_id = j.id
  where r.schedule_id = $1 group by r.number, j.id order by r.number`;

/**
 * Lets a schedule fire every two seconds, while rows come into its source all the time and everything is struck: each
 * moment it is due is answered for, no two runs overlap, and each row is imported once.
 */
export async function recur({ seconds, blows }: Recurrence, say: (line: string) => void): Promise<void> {
  const victim = await makeVictim(1, 1);
  const { home } = victim.lading;
  try {
    const scheduleId = await scheduled(victim);
    const rows = await whileRowsCome(victim, async () => {
      const random = randomOf(seconds, 3, 0);
      const stretch = (seconds * 1000) / (blows.length + 1);
      for (const blow of blows) {
        await delay(stretch);
        await victim.strike(blow, '', random);
      }
      await delay(stretch);
    });
    await eventually('all rows are read', async () => (await imported(victim)) === rows, PATIENCE_MS);
    const client = await logIn(victim.lading.current().baseUrl);
    await client.post(`/api/import/schedules/${scheduleId}/pause`, {}, z.unknown());
    await eventually('the last run ends', async () => {
      const open = await victim.lading.query(`select from import_jobs where completed_at is null`);
      return open.length === 0;
    });
    const runs = await victim.lading.query<Run & Record<string, unknown>>(RUNS, [scheduleId]);
    assertNoOverlap(runs);
    await assertNoLoss(victim, scheduleId, runs, say);
    const total = { created: 0, updated: 0 };
    for (const { created, updated } of runs) {
      total.created += created;
      total.updated += updated;
    }
    assert.deepEqual(total, { created: rows, updated: 0 });
  } finally {
    await victim.stop();
  }
  assert.deepEqual(processesIn(home.path), []);
}

/** A schedule over a source that is empty yet; answers with its id. */
async function scheduled({ source, lading, database }: Victim): Promise<string> {
  await source.query('create table people (id int primary key, updated_at timestamptz not null)');
  const profile = await makeProfile(lading.client, database.url, 'Recurring');
  const query = {
    base_table: 'people',
    fields: [{ source: 'people.id', target: 'external_id' }],
    target_type: 'customer_users',
  };
  await lading.client.post(`/api/import/profiles/${profile}/queries`, query, z.unknown());
  const made = await lading.client.post(
    '/api/import/schedules',
    { name: 'Often', profile_id: profile, interval_seconds: EVERY_SECONDS, options: { since_last_run: true } },
    madeSchedule,
  );
  return made.schedule.id;
}

/** Lets rows come into the source one by one as long as something else goes on; answers with how many came. */
async function whileRowsCome({ source }: Victim, act: () => Promise<void>): Promise<number> {
  let rows = 0;
  let over = false;
  const coming = (async () => {
    while (!over) {
      await source.query('insert into people values ($1, clock_timestamp())', [++rows]);
      await delay(100);
    }
  })();
  try {
    await act();
  } finally {
    over = true;
    await coming;
  }
  return rows;
}

async function imported({ lading }: Victim): Promise<number> {
  const [row] = await lading.query<{ count: number }>('select count(*)::int as count from target.customer_users');
  return row?.count ?? 0;
}

function assertNoOverlap(runs: readonly Run[]): void {
  assert.deepEqual(
    runs.filter(({ status }) => status !== 'completed'),
    [],
  );
  const overlapping = runs.filter(({ began }, index) => (runs[index - 1]?.ended ?? began) > began);
  assert.deepEqual(overlapping, []);
}

/** Each moment has a run of its own, or was skipped because another run was under way. */
async function assertNoLoss(
  { lading }: Victim,
  scheduleId: string,
  runs: readonly Run[],
  say: (line: string) => void,
): Promise<void> {
  const due = runs.map((run) => run.due);
  assert.equal(new Set(due).size, due.length);
  assert.deepEqual(
    due.filter((moment) => moment % EVERY_SECONDS !== 0),
    [],
  );
  const connection = await Connection.connect({ address: await lading.home.read('run/temporal-address') });
  try {
    const { info } = await new Client({ connection }).schedule.getHandle(`import-schedule-${scheduleId}`).describe();
    const { numActionsTaken, numActionsSkippedOverlap, numActionsMissedCatchupWindow } = info;
    say(`${numActionsTaken} runs, ${numActionsSkippedOverlap} times a run was under way when it was due`);
    assert.equal(numActionsMissedCatchupWindow, 0);
    assert.equal(numActionsTaken, runs.length);
    const moments = ((due.at(-1) ?? 0) - (due[0] ?? 0)) / EVERY_SECONDS + 1;
    assert.ok(numActionsTaken + numActionsSkippedOverlap >= moments);
  } finally {
    await connection.close();
  }
}
