import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from '../../../src/demo/random.ts';
import type { Random } from '../../../src/demo/random.ts';
import { registerTable } from '../../support/own-targets.ts';
import { startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const WRITTEN = ['email', 'name', 'level', 'tags'];

function someRow(random: Random): RowValues {
  const maybe = (value: string): string | null => (random.chance(0.2) ? null : value);
  return {
    email: `${random.below(160)}@x`,
    name: maybe(`name ${random.below(9)}`),
    level: maybe(random.chance(0.5) ? 'low' : 'high'),
    tags: maybe(`{${random.below(3)},"a b"}`),
  };
}

/** Every row of the table as all of its bytes, by what it is known by. */
async function bytesOf(table: string): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ email: string; bytes: string }>(
    `select "email", "t"::text as "bytes" from "${table}" as "t"`,
  );
  return new Map(rows.map(({ email, bytes }) => [email, bytes]));
}

/** What somebody else did to rows that an import wrote, by their e-mails. */
type Touched = Map<string, 'edited' | 'noted' | 'gone' | 'referred'>;

async function othersAtWork(random: Random, table: string, written: readonly string[]): Promise<Touched> {
  const touched: Touched = new Map();
  const change = (set: string, email: string): Promise<unknown> =>
    pool.query(`update "${table}" set ${set} where "email" = $1`, [email]);
  for (const email of written) {
    if (!random.chance(0.35)) continue;
    switch (random.below(5)) {
      case 0:
        await change(`"name" = 'edited ' || "id"`, email);
        touched.set(email, 'edited');
        break;
      case 1:
        await change(`"note" = 'mine'`, email);
        touched.set(email, 'noted');
        break;
      case 2:
        await change(`"name" = "name"`, email);
        break;
      case 3:
        await pool.query(`delete from "${table}" where "email" = $1`, [email]);
        touched.set(email, 'gone');
        break;
      default:
        await pool.query(`insert into "${table}_orders" select "id" from "${table}" where "email" = $1`, [email]);
        touched.set(email, 'referred');
    }
  }
  return touched;
}

/** Of each record that an import wrote, whether it made it. */
async function madeBy(job: TestImport): Promise<Map<string, boolean>> {
  const made = new Map<string, boolean>();
  for (const { action, identifier } of await job.ledger()) {
    if (identifier === null || (action !== 'created' && action !== 'updated')) continue;
    made.set(identifier, made.get(identifier) === true || action === 'created');
  }
  return made;
}

for (const seed of [1, 2, 3]) {
  test(`of an own table every untouched row is after import, edits and undo as it was, every other is kept and listed: seed ${seed}`, async () => {
    const random = randomOf(seed, 0, 0);
    const table = `property_${seed}`;
    await pool.query(`
      create type "level_${seed}" as enum ('low', 'high');
      create table "${table}" ("id" serial primary key, "email" varchar(20) not null unique, "name" text,
        "level" "level_${seed}" not null default 'low', "tags" text[], "note" text default 'none',
        "shout" text generated always as (upper("name")) stored);
      create table "${table}_orders" ("customer" integer not null references "${table}" on delete cascade);
      insert into "${table}" ("email", "name") select "n" || '@x', 'there before' from generate_series(0, 39) as "n"`);
    const stage = await registerTable(orm, table, ['email']);
    const options = {
      tenantId: stage.actor.tenantId,
      spec: stage.spec,
      writtenFields: WRITTEN,
      identifierField: 'email',
    };
    const rows = (count: number): RowValues[] => Array.from({ length: count }, () => someRow(random));
    const first = await startImport(orm, options);
    for (let chunk = 0; chunk < 3; chunk++) await first.commit(rows(30));
    const was = await bytesOf(table);

    const job = await startImport(orm, { ...options, sourceId: first.sourceId });
    for (let chunk = 0; chunk < 5; chunk++) await job.commit(rows(1 + random.below(60)));
    const made = await madeBy(job);
    const touched = await othersAtWork(random, table, [...made.keys()].toSorted());
    const edited = await bytesOf(table);

    const predicted = await (await startUndo(orm, job, { dryRun: true })).run(1 + random.below(60));
    assert.deepEqual(await bytesOf(table), edited);
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(1 + random.below(60)), predicted);

    const said = { edited: 'kept_edited', noted: 'kept_edited', gone: 'kept_edited', referred: 'kept_referenced' };
    const outcomeOf = (email: string): string => {
      const how = touched.get(email);
      // What was there before stays anyway, and gets back what was overwritten of it.
      return how === undefined || ((how === 'noted' || how === 'referred') && made.get(email) !== true)
        ? 'reversed'
        : said[how];
    };
    const found = await bytesOf(table);
    for (const email of new Set([...was.keys(), ...edited.keys()])) {
      const kept = made.has(email) && outcomeOf(email) !== 'reversed';
      const noted = touched.get(email) === 'noted' && !kept;
      const before = (kept ? edited : was).get(email);
      assert.equal(found.get(email), noted ? before?.replace(',none,', ',mine,') : before, email);
    }
    const identifiers = new Map((await job.ledger()).map(({ row, identifier }) => [row, identifier ?? '']));
    for (const { row, outcome } of await undo.entries())
      assert.equal(outcome, outcomeOf(identifiers.get(row) ?? ''), identifiers.get(row));

    const undone = await bytesOf(table);
    const expectedOfRedo = await (await startUndo(orm, job, { dryRun: true }, undo)).run(1 + random.below(60));
    assert.deepEqual(await bytesOf(table), undone);
    assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(1 + random.below(60)), expectedOfRedo);
  });
}
