import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importOwn, registerTable } from '../../support/own-targets.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const created = (n: number) => ({ created: n, updated: 0, skipped: 0, failed: 0, duplicates: 0 });

/** An import that fills some fields of an own table. */

async function all(sql: string): Promise<unknown[]> {
  return (await pool.query(sql)).rows;
}

test('rows are made, met again, changed and skipped by their identity; the table fills the rest by itself', async () => {
  await pool.query(`
    create table "customers" ("id" serial primary key, "email" varchar(40) not null unique, "name" text,
      "level" smallint not null default 3, "made" timestamp not null default '2020-01-01',
      "shout" text generated always as (upper("name")) stored)`);
  await pool.query(`insert into "customers" ("email", "name", "level") values ('old@x', 'Old', 9)`);
  const stage = await registerTable(orm, 'public.customers', ['email']);
  const first = await importOwn(orm, stage, ['email', 'name', 'level']);
  const rows: RowValues[] = [
    { email: 'old@x', name: 'Olda', level: '9' },
    { email: 'a@x', name: 'Ann', level: null },
    { email: 'b@x', name: 'Bob', level: '7' },
  ];
  const { counters } = await first.commit(rows);
  assert.deepEqual(counters, { created: 2, updated: 1, skipped: 0, failed: 0, duplicates: 0 });
  const held = [
    { id: 1, email: 'old@x', name: 'Olda', level: 9, made: '2020-01-01 00:00:00', shout: 'OLDA' },
    { id: 2, email: 'b@x', name: 'Bob', level: 7, made: '2020-01-01 00:00:00', shout: 'BOB' },
    { id: 3, email: 'a@x', name: 'Ann', level: 3, made: '2020-01-01 00:00:00', shout: 'ANN' },
  ];
  const look = (): Promise<unknown[]> =>
    all(`select "id", "email", "name", "level", "made"::text, "shout" from "customers" order by "name" desc`);
  const byName = (rows: unknown[]): unknown[] => rows.map((row) => ({ ...(row as object), id: undefined }));
  assert.deepEqual(byName(await look()), byName(held));

  const again = await importOwn(orm, stage, ['email', 'name', 'level'], { sourceId: first.sourceId });
  assert.deepEqual((await again.commit(rows)).counters, { ...created(0), skipped: 3 });
  await pool.query(`update "customers" set "name" = 'Edited' where "email" = 'a@x'`);
  const third = await importOwn(orm, stage, ['email', 'name', 'level'], { sourceId: first.sourceId });
  const changed = [{ email: 'b@x', name: 'Bobby', level: null }, rows[1] ?? {}];
  assert.deepEqual((await third.commit(changed)).counters, { ...created(0), updated: 1, skipped: 1 });
  assert.deepEqual(
    (await look()).map((row) => (row as { name: string; level: number }).name),
    ['Olda', 'Edited', 'Bobby'],
  );
  const [ledger] = await third.ledger();
  assert.deepEqual(ledger?.before, { email: 'b@x', name: 'Bob', level: '7' });
});

test('a table goes on numbering its rows behind the numbers that rows brought along', async () => {
  await pool.query(`
    create table "numbered" ("id" integer primary key generated always as identity, "code" text not null unique,
      "ticket" serial, "down" integer default 5)`);
  await pool.query(`insert into "numbered" ("code") values ('own 1')`);
  const next = async (code: string): Promise<unknown> =>
    (await all(`insert into "numbered" ("code") values ('${code}') returning "id", "ticket"`))[0];
  const stage = await registerTable(orm, 'public.numbered', ['code']);
  const job = await importOwn(orm, stage, ['id', 'code', 'ticket', 'down']);
  await job.commit([
    { id: '7', code: 'a', ticket: '900000', down: '9' },
    { id: '3', code: 'b', ticket: null, down: null },
  ]);
  assert.deepEqual(await next('own 2'), { id: 8, ticket: 900_001 });
  // Numbers that were passed already set nothing back, nor does a dry run set anything on.
  await job.commit([{ id: '4', code: 'c', ticket: '5', down: null }]);
  const dry = await importOwn(orm, stage, ['id', 'code', 'ticket'], { kind: 'validate' });
  await dry.commit([{ id: '5000', code: 'd', ticket: '1000000' }]);
  assert.deepEqual(await next('own 3'), { id: 9, ticket: 900_002 });
});

test('a composite identity, a repeated one and a key that changes', async () => {
  await pool.query(`
    create table "lines" ("order_no" integer, "line" text, "uid" integer primary key generated always as identity,
      "amount" double precision, "paid" boolean, unique ("order_no", "line"))`);
  const stage = await registerTable(orm, 'public.lines', ['order_no', 'line']);
  const fields = ['order_no', 'line', 'amount', 'paid'];
  const job = await importOwn(orm, stage, fields);
  const row = (order_no: string, line: string, amount: string): ReturnType<TestImport['draft']> => ({
    ...job.draft({ order_no, line, amount, paid: 't' }),
    identifier: JSON.stringify([order_no, line]),
  });
  const rows = [row('1', 'a"\\', '1'), row('1', 'b', '2.5'), row('1', 'b', '3'), row('2', 'é', '4')];
  assert.deepEqual((await job.commit(rows)).counters, { ...created(3), updated: 1 });
  assert.deepEqual(await all(`select "order_no", "line", "amount", "paid" from "lines" order by 1, 2`), [
    { order_no: 1, line: 'a"\\', amount: 1, paid: true },
    { order_no: 1, line: 'b', amount: 3, paid: true },
    { order_no: 2, line: 'é', amount: 4, paid: true },
  ]);
  const again = await importOwn(orm, stage, fields, { sourceId: job.sourceId });
  assert.deepEqual(
    (await again.commit([rows[0] ?? row('', '', ''), row('1', 'b', '3'), row('2', 'é', '5')])).counters,
    {
      ...created(0),
      skipped: 2,
      updated: 1,
    },
  );

  await pool.query(`create table "keyed" ("id" integer primary key, "code" text not null unique)`);
  const keyed = await registerTable(orm, 'keyed', ['code']);
  const first = await importOwn(orm, keyed, ['id', 'code']);
  await first.commit([{ id: '1', code: 'a' }]);
  const second = await importOwn(orm, keyed, ['id', 'code'], { sourceId: first.sourceId });
  assert.deepEqual((await second.commit([{ id: '7', code: 'a' }])).counters, { ...created(0), updated: 1 });
  assert.deepEqual(
    await all(`select "row_key" from "import_own_records" where "target_number" = ${keyed.spec.own.number}`),
    [{ row_key: ['7'] }],
  );
  assert.equal((await first.ledger())[0]?.target, (await second.ledger())[0]?.target);
});

test('a reference takes the identity of a row of another own table and holds that row’s key', async () => {
  await pool.query(`
    create table "towns" ("id" serial primary key, "name" text not null unique);
    create table "people" ("id" serial primary key, "email" text not null unique, "town" integer references "towns")`);
  const towns = await registerTable(orm, 'towns', ['name'], { type: 'towns' });
  const people = await registerTable(orm, 'people', ['email'], {
    actor: towns.actor,
    references: [{ field: 'town', target: 'towns', whenUnknown: 'leave_empty' }],
  });
  await (await importOwn(orm, towns, ['name'])).commit([{ name: 'Oslo' }, { name: 'Bergen' }]);
  const job = await importOwn(orm, people, ['email', 'town'], { referred: [towns.spec] });
  const { counters } = await job.commit([
    { email: 'a', town: 'Bergen' },
    { email: 'b', town: 'Nowhere' },
    { email: 'c', town: null },
  ]);
  assert.deepEqual(counters, created(3));
  assert.deepEqual(
    await all(`select "email", "name" from "people" left join "towns" on "towns"."id" = "town" order by 1`),
    [
      { email: 'a', name: 'Bergen' },
      { email: 'b', name: null },
      { email: 'c', name: null },
    ],
  );
  assert.deepEqual(
    (await job.issues()).map(({ row, code, fatal }) => [row, code, fatal]),
    [[2, 'reference_missing', false]],
  );
});

test('duplicates are merged as in built-in targets, and known as what they were merged into', async () => {
  await pool.query(`create table "club" ("id" integer primary key, "email" text, "name" text, "phone" text)`);
  await pool.query(`insert into "club" values (1, 'Ann@x', 'Ann', '5')`);
  const stage = await registerTable(orm, 'club', ['id']);
  const all4 = ['id', 'email', 'name', 'phone'];
  const job = await importOwn(orm, stage, all4, { detect: ['email'] });
  const rows = [
    { id: '8', email: 'ann@x', name: 'Annie', phone: null },
    { id: '9', email: 'bob@x', name: 'Bob', phone: null },
  ];
  assert.deepEqual((await job.commit(rows)).counters, { ...created(1), updated: 1, duplicates: 1 });
  assert.deepEqual(await all(`select * from "club" order by 1`), [
    { id: 1, email: 'ann@x', name: 'Annie', phone: '5' },
    { id: 9, email: 'bob@x', name: 'Bob', phone: null },
  ]);
  const again = await importOwn(orm, stage, all4, { detect: ['email'], sourceId: job.sourceId });
  assert.deepEqual((await again.commit(rows)).counters, { ...created(0), skipped: 2 });
});

test('somebody who adds a row of the same identity at the same time is met, not repeated', async () => {
  await pool.query(`create table "raced" ("id" serial primary key, "email" text not null unique, "name" text)`);
  const stage = await registerTable(orm, 'raced', ['email']);
  const job = await importOwn(orm, stage, ['email', 'name']);
  const other = await pool.connect();
  await other.query(`begin; insert into "raced" ("email", "name") values ('a', 'theirs')`);
  const committing = job.commit([
    { email: 'a', name: 'ours' },
    { email: 'b', name: 'ours' },
  ]);
  for (;;) {
    const { rowCount } = await pool.query(`select from pg_locks where not granted and locktype = 'transactionid'`);
    if (rowCount !== 0) break;
  }
  await other.query('commit');
  other.release();
  assert.deepEqual((await committing).counters, { ...created(1), updated: 1 });
  assert.deepEqual(await all(`select "email", "name" from "raced" order by 1`), [
    { email: 'a', name: 'ours' },
    { email: 'b', name: 'ours' },
  ]);
});

test('a validation finds out the same and leaves the table alone', async () => {
  await pool.query(`create table "checked" ("id" integer primary key, "n" integer check ("n" > 0))`);
  const stage = await registerTable(orm, 'checked', ['id']);
  const job = await importOwn(orm, stage, ['id', 'n'], { kind: 'validate' });
  assert.deepEqual(
    (
      await job.commit([
        { id: '1', n: '1' },
        { id: '2', n: '0' },
      ])
    ).counters,
    { ...created(1), failed: 1 },
  );
  assert.deepEqual(await all(`select * from "checked"`), []);
  assert.deepEqual(await all(`select from "import_own_records" where "target_number" = ${stage.spec.own.number}`), []);
});
