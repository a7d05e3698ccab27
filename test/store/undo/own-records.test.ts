import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import { importOwn, registerTable } from '../../support/own-targets.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const all = async (sql: string): Promise<Record<string, unknown>[]> => (await pool.query(sql)).rows;
/** Every row as all of its bytes. */
const bytes = async (table: string): Promise<unknown[]> =>
  (await all(`select "t"::text as "row" from ${table} as "t" order by 1`)).map(({ row }) => row);
/** What is known of the rows of a target besides. */
async function known({ spec, tenantId }: TestImport): Promise<unknown[]> {
  const { rows } = await pool.query(
    `select "row_key", "id", "l"."created_at", "whole_hash", "a"."external_id", "a"."source_hash", "a"."created_at" as "since"
     from "import_own_records" as "l" left join "import_aliases" as "a" on "a"."target_id" = "l"."id" and "a"."tenant_id" = $2
     where "target_number" = $1 order by 1, 5`,
    [spec.own?.number, tenantId],
  );
  return rows;
}

for (const limit of [1, 2, 100]) {
  test(`rows of any types go, come back and are given back what was overwritten, ${limit} at a time`, async () => {
    const name = `typed_${limit}`;
    await pool.query(`
      create type "mood_${limit}" as enum ('ok', 'so so');
      create domain "year_${limit}" as integer check (value between 1900 and 2100);
      create table "${name}" ("a" integer, "b" text, "no" bigint generated always as identity, "mood" "mood_${limit}",
        "year" "year_${limit}", "tags" text[], "seen" timestamp, "at" timestamptz, "price" numeric(8,2), "code" char(5),
        "extra" jsonb default '{"made":null}', "raw" bytea default '\\x00ff', "t" text default 't',
        "shout" text generated always as (upper("b")) stored, primary key ("a", "b")) partition by list ("a");
      create table "${name}_1" partition of "${name}" for values in (1);
      create table "${name}_rest" partition of "${name}" default;
      insert into "${name}" ("a", "b", "mood", "year", "tags", "seen", "at", "price", "code") values
        (1, 'x', 'ok', 1999, '{a,"b c",null}', '2020-01-01 10:00', '2020-01-01 10:00+02', 1.5, 'ab'),
        (2, 'x', null, null, null, null, null, null, null), (3, 'kept', 'ok', 2000, '{}', null, null, 0, 'abcde')`);
    const stage = await registerTable(orm, name, ['a', 'b']);
    const fields = ['a', 'b', 'mood', 'year', 'tags', 'seen', 'at', 'price', 'code'];
    const was = await bytes(name);
    const row = (a: string, b: string): RowValues => ({
      a,
      b,
      mood: 'so so',
      year: '2024',
      tags: '{x,y}',
      seen: '2021-02-03 04:05:06+00',
      at: '2021-02-03 04:05:06+00',
      price: '9.90',
      code: 'zz',
    });
    const named = (values: RowValues): Parameters<TestImport['commit']>[0][number] => ({
      identifier: JSON.stringify([Number(values['a']), values['b']]),
      values: stage.spec.fields.map((field) => values[field.name] ?? null),
      issues: [],
    });
    const job = await importOwn(orm, stage, fields);
    const before = await known(job);
    const rows = [row('1', 'x'), row('2', 'x'), row('1', 'new'), row('7', 'new')].map(named);
    assert.deepEqual((await job.commit(rows)).counters, {
      created: 2,
      updated: 2,
      skipped: 0,
      failed: 0,
      duplicates: 0,
    });
    const then = await bytes(name);
    const links = await known(job);
    assert.deepEqual(before, []);

    const four = { ...NO_UNDOS, reversed: 4 };
    assert.deepEqual(await (await startUndo(orm, job, { dryRun: true })).run(limit), four);
    assert.deepEqual([await bytes(name), await known(job)], [then, links]);
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(limit), four);
    assert.deepEqual(await bytes(name), was);
    // Rows that were there before keep what they are known by, but for what the import had learnt.
    assert.equal((await known(job)).length, 2);

    assert.deepEqual(await (await startUndo(orm, job, { dryRun: true }, undo)).run(limit), four);
    assert.deepEqual(await bytes(name), was);
    const redo = await startUndo(orm, job, {}, undo);
    assert.deepEqual(await redo.run(limit), four);
    assert.deepEqual([await bytes(name), await known(job)], [then, links]);
    const again = await importOwn(orm, stage, fields, { sourceId: job.sourceId });
    assert.equal((await again.commit(rows)).counters.skipped, 4);
    assert.deepEqual(await (await startUndo(orm, job)).run(limit), four);
    assert.deepEqual(await bytes(name), was);
  });
}

test('what somebody has changed since is kept and named, also in columns that no import writes', async () => {
  await pool.query(
    `create table "edited" ("id" integer primary key, "name" text, "note" text default 'none', "n" int)`,
  );
  await pool.query(`insert into "edited" values (7, 'seven'), (8, 'eight')`);
  const stage = await registerTable(orm, 'edited', ['id']);
  const job = await importOwn(orm, stage, ['id', 'name']);
  const ids = ['1', '2', '3', '4', '5', '6', '7', '8'];
  await job.commit(ids.map((id) => ({ id, name: 'x' })));
  const later = await importOwn(orm, stage, ['id', 'name']);
  await pool.query(`update "edited" set "name" = 'mine' where "id" = 1`);
  await pool.query(`update "edited" set "note" = 'mine' where "id" in (2, 5)`);
  await pool.query(`update "edited" set "n" = 1 where "id" = 7`);
  await pool.query(`delete from "edited" where "id" = 3`);
  await pool.query(`update "edited" set "note" = "note" where "id" = 6`);
  await later.commit(['4', '5', '8'].map((id) => ({ id, name: 'later' })));
  await pool.query(`alter table "edited" add column "grown" text`);
  const undo = await startUndo(orm, job);
  const counts = { ...NO_UNDOS, reversed: 2, kept_edited: 3, kept_superseded: 3 };
  assert.deepEqual(await undo.run(3), counts);
  const outcomes = (await undo.entries()).map(({ outcome, superseded_by: by }) => (by === null ? outcome : by));
  const edited = 'kept_edited';
  const by = later.jobNumber;
  assert.deepEqual(outcomes, [edited, edited, edited, by, by, 'reversed', 'reversed', by]);
  assert.deepEqual(await all(`select "id", "name", "note", "n" from "edited" order by 1`), [
    { id: 1, name: 'mine', note: 'none', n: null },
    { id: 2, name: 'x', note: 'mine', n: null },
    { id: 4, name: 'later', note: 'none', n: null },
    { id: 5, name: 'later', note: 'mine', n: null },
    { id: 7, name: 'seven', note: 'none', n: 1 },
    { id: 8, name: 'later', note: 'none', n: null },
  ]);

  // The later one undone, the first goes on; what somebody wrote in between is still seen.
  assert.deepEqual(await (await startUndo(orm, later)).run(), { ...NO_UNDOS, reversed: 3 });
  const rest = await startUndo(orm, job);
  assert.deepEqual(await rest.run(), { ...NO_UNDOS, reversed: 2, kept_edited: 4 });
  assert.deepEqual(
    (await all(`select "id" from "edited" order by 1`)).map(({ id }) => id),
    [1, 2, 5, 7, 8],
  );
});

for (const preserveRelationships of [true, false]) {
  test(`what tables of anybody refer to is ${preserveRelationships ? 'kept' : 'let go of where that can be'}`, async () => {
    const s = preserveRelationships ? 'a' : 'b';
    await pool.query(`
      create table "parent_${s}" ("org" integer, "id" integer, "email" text unique, primary key ("org", "id"));
      create table "loose_${s}" ("k" text primary key, "org" integer not null, "parent" integer,
        foreign key ("org", "parent") references "parent_${s}");
      create table "owned_${s}" ("k" text primary key, "email" text references "parent_${s}" ("email") on delete cascade);
      create table "tied_${s}" ("k" text primary key, "org" integer not null, "parent" integer not null,
        foreign key ("org", "parent") references "parent_${s}" on delete cascade);
      create table "nameless_${s}" ("org" integer, "parent" integer,
        foreign key ("org", "parent") references "parent_${s}" on delete set null);
      create table "kept_${s}" ("k" text primary key, "email" text references "parent_${s}" ("email") on delete cascade);
      create function "keep_${s}"() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger "keep_it" before update on "kept_${s}" for each row execute function "keep_${s}"()`);
    const stage = await registerTable(orm, `parent_${s}`, ['org', 'id']);
    const job = await importOwn(orm, stage, ['org', 'id', 'email']);
    const parents = [1, 2, 3, 4, 5, 6];
    await job.commit(
      parents.map((id) => ({
        identifier: JSON.stringify([1, id]),
        values: ['1', String(id), `${id}@x`],
        issues: [],
      })),
    );
    await pool.query(`
      insert into "loose_${s}" values ('l1', 1, 1); insert into "owned_${s}" values ('o2', '2@x');
      insert into "tied_${s}" values ('t3', 1, 3); insert into "nameless_${s}" values (1, 4);
      insert into "kept_${s}" values ('k5', '5@x')`);
    const others = ['loose', 'owned', 'tied', 'nameless', 'kept'];
    const look = async (): Promise<unknown[]> => Promise.all(others.map((name) => bytes(`"${name}_${s}"`)));
    const then = await look();
    const kept = preserveRelationships ? [1, 2, 3, 4, 5] : [3, 4, 5];
    const counts = { ...NO_UNDOS, reversed: 6 - kept.length, kept_referenced: kept.length };
    assert.deepEqual(await (await startUndo(orm, job, { preserveRelationships, dryRun: true })).run(), counts);
    const undo = await startUndo(orm, job, { preserveRelationships });
    assert.deepEqual(await undo.run(), counts);
    assert.deepEqual(
      (await all(`select "id" from "parent_${s}" order by 1`)).map(({ id }) => id),
      kept,
    );
    const loosened = [['(l1,1,)'], ['(o2,)'], ...then.slice(2)];
    assert.deepEqual(await look(), preserveRelationships ? then : loosened);
    const reasons = (await undo.entries()).filter(({ outcome }) => outcome === 'kept_referenced');
    assert.equal(reasons.at(-1)?.reason, `Records of public.kept_${s} refer to it (email).`);

    assert.deepEqual(await (await startUndo(orm, job, {}, undo)).run(), { ...NO_UNDOS, reversed: 6 - kept.length });
    assert.deepEqual(await look(), then);
  });
}

test('what a trigger or a constraint of the table says no to fails, is an issue of its row, and the rest goes on', async () => {
  await pool.query(`
    create table "guarded" ("id" integer primary key, "name" text, "slot" integer unique deferrable initially deferred);
    create table "marks" ("mark" integer, constraint "marks_guarded" foreign key ("mark") references "guarded"
      deferrable initially deferred);
    insert into "guarded" values (1, 'one', 1), (2, 'two', 2);
    create function "guard"() returns trigger language plpgsql as $$ begin
      if old."name" = 'protected' then raise exception 'protected' using errcode = '45000'; end if;
      return case when tg_op = 'DELETE' then old else new end; end $$;
    create trigger "guard" before update or delete on "guarded" for each row execute function "guard"()`);
  const stage = await registerTable(orm, 'guarded', ['id']);
  const job = await importOwn(orm, stage, ['id', 'name', 'slot']);
  await job.commit([
    { id: '1', name: 'changed', slot: '11' },
    { id: '2', name: 'changed', slot: '12' },
    { id: '3', name: 'protected', slot: '13' },
    { id: '4', name: 'free', slot: '14' },
  ]);
  await pool.query(`insert into "guarded" values (9, 'other', 2)`);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2, failed: 2 });
  const { rows } = await pool.query(
    `select "row_number"::int as "row", "field", "code", "message" from "import_issues" where "job_number" = $1 order by 1`,
    [undo.jobNumber],
  );
  assert.deepEqual(rows, [
    { row: 2, field: 'slot', code: 'duplicate', message: 'Another record has the same value (guarded_slot_key).' },
    { row: 3, field: null, code: 'constraint_violation', message: 'The database refused the row: protected' },
  ]);
  assert.deepEqual(await all(`select * from "guarded" order by 1`), [
    { id: 1, name: 'one', slot: 1 },
    { id: 2, name: 'changed', slot: 12 },
    { id: 3, name: 'protected', slot: 13 },
    { id: 9, name: 'other', slot: 2 },
  ]);
});

test('a table that was dropped or has lost a key column is said to be so', async () => {
  await pool.query(`create table "lost" ("id" integer primary key, "name" text)`);
  const stage = await registerTable(orm, 'lost', ['id']);
  const job = await importOwn(orm, stage, ['id', 'name']);
  await job.commit([{ id: '1', name: 'x' }]);
  const undo = await startUndo(orm, job);
  await pool.query(`alter table "lost" rename column "name" to "title"`);
  await assert.rejects(undo.run(), { code: 'conflict', message: /^The table public\.lost has no columns name:/u });
  await pool.query(`drop table "lost"`);
  await assert.rejects(undo.run(), { code: 'conflict', message: /^The table public\.lost has no columns id, name:/u });
});
