import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importOwn, registerTable } from '../../support/own-targets.ts';
import type { RowValues } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const created = (n: number) => ({ created: n, updated: 0, skipped: 0, failed: 0, duplicates: 0 });

/** An import that fills some fields of an own table. */

async function all(sql: string): Promise<unknown[]> {
  return (await pool.query(sql)).rows;
}

test('what the table refuses becomes an issue of its row, and the rest goes in', async () => {
  await pool.query(`
    create type "mood" as enum ('good', 'bad');
    create domain "year" as integer check (value between 1900 and 2100);
    create table "shops" ("id" integer primary key);
    insert into "shops" values (1), (2);
    create table "guests" ("id" integer primary key, "email" text unique, "mood" "mood", "born" "year",
      "tags" integer[], "data" jsonb, "spent" numeric(6,2) check ("spent" >= 0), "shop" integer references "shops",
      "twin" integer references "shops" deferrable initially deferred, "name" varchar(5) not null, "small" smallint);
    create function "guard"() returns trigger language plpgsql as $$
    begin
      if new."name" = 'raise' then raise exception 'no % here', new."name"; end if;
      if new."name" = 'away' then return null; end if;
      if new."name" = 'low' then new."email" := lower(new."email"); end if;
      return new;
    end $$;
    create trigger "guard" before insert or update on "guests" for each row execute function "guard"()`);
  const stage = await registerTable(orm, 'guests', ['id']);
  const job = await importOwn(
    orm,
    stage,
    stage.spec.fields.map((field) => field.name),
  );
  const good = { name: 'ok', mood: 'good', born: '1990', tags: '{1,2}', data: '{"a":1}', spent: '1.5', shop: '1' };
  const rows: RowValues[] = [
    { ...good, id: '1', email: 'one' },
    { ...good, id: '2', mood: 'ugly' },
    { ...good, id: '3', born: '1800' },
    { ...good, id: '4', tags: '{1,x}' },
    { ...good, id: '5', data: '{' },
    { ...good, id: '6', spent: '1.555' },
    { ...good, id: '7', spent: '-1' },
    { ...good, id: '8', shop: '9' },
    { ...good, id: '9', twin: '9' },
    { ...good, id: '10', name: 'too long' },
    { ...good, id: '11', small: '40000' },
    { ...good, id: '12', email: 'one' },
    { ...good, id: '13', name: 'raise' },
    { ...good, id: '14', name: 'away' },
    { ...good, id: '15', email: 'LOW', name: 'low' },
    { ...good, id: '16', spent: '12345.6' },
    { ...good, id: '17' },
  ];
  const { counters } = await job.commit(rows);
  assert.deepEqual(counters, { ...created(3), failed: 14 });
  assert.deepEqual(
    await all(`select "id", "email", "tags"::text, "data"::text, "spent"::text from "guests" order by 1`),
    [
      { id: 1, email: 'one', tags: '{1,2}', data: '{"a": 1}', spent: '1.50' },
      { id: 15, email: 'low', tags: '{1,2}', data: '{"a": 1}', spent: '1.50' },
      { id: 17, email: null, tags: '{1,2}', data: '{"a": 1}', spent: '1.50' },
    ],
  );
  assert.deepEqual(
    (await job.issues()).map(({ row, field, code }) => [row, field, code]),
    [
      [2, 'mood', 'invalid_format'],
      [3, 'born', 'constraint_violation'],
      [4, 'tags', 'invalid_format'],
      [5, 'data', 'invalid_format'],
      [6, 'spent', 'invalid_format'],
      [7, 'spent', 'constraint_violation'],
      [8, 'shop', 'constraint_violation'],
      [9, 'twin', 'constraint_violation'],
      [10, 'name', 'out_of_range'],
      [11, 'small', 'out_of_range'],
      [12, 'email', 'duplicate'],
      [13, null, 'constraint_violation'],
      [14, null, 'constraint_violation'],
      [16, 'spent', 'out_of_range'],
    ],
  );
  // The hash is of what the columns make of the values; what a trigger makes of them is in the after-hash.
  const held = new Map(
    (await job.ledger()).map(({ row, hash, afterHash }) => [row, afterHash === null ? null : hash !== afterHash]),
  );
  assert.deepEqual([held.get(1), held.get(15)], [null, true]);
  const again = await importOwn(
    orm,
    stage,
    stage.spec.fields.map((field) => field.name),
    { sourceId: job.sourceId },
  );
  assert.deepEqual((await again.commit([rows[0] ?? {}, rows[14] ?? {}, rows[16] ?? {}])).counters, {
    ...created(0),
    skipped: 3,
  });
  const away = await importOwn(orm, stage, ['id', 'name'], { sourceId: job.sourceId });
  assert.deepEqual(
    (
      await away.commit([
        { id: '1', name: 'away' },
        { id: '17', name: 'fine' },
      ])
    ).counters,
    {
      ...created(0),
      updated: 1,
      failed: 1,
    },
  );
});

test('a table that has changed since ends the job with what has changed, and nothing of the chunk is written', async () => {
  await pool.query(`create table "moving" ("id" integer primary key, "a" text, "b" text)`);
  const stage = await registerTable(orm, 'moving', ['id']);
  const job = await importOwn(orm, stage, ['id', 'a', 'b']);
  await job.commit([{ id: '1', a: 'a', b: 'b' }]);
  await pool.query(`alter table "moving" add column "more" integer`);
  await job.commit([{ id: '2', a: 'a', b: 'b' }]);
  await pool.query(`alter table "moving" drop column "a", alter column "b" type integer using 1`);
  await assert.rejects(job.commit([{ id: '3', a: 'a', b: 'b' }]), {
    code: 'wrong_state',
    message:
      `The table public.moving is not what the target ${stage.spec.type} was registered with: ` +
      'the column a is gone, the column b is integer now, no longer text. Save the target again and start a new job.',
  });
  await pool.query(`drop table "moving"`);
  await assert.rejects(job.commit([{ id: '4', a: 'a', b: 'b' }]), { code: 'wrong_state' });
  assert.equal((await job.ledger()).length, 2);
});
