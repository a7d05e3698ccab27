import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { QueryConfiguration } from '../../../../src/domain/query.ts';
import type { SourceCursor } from '../../../../src/domain/schedule.ts';
import { measureSource } from '../../../../src/sources/postgres/query/measure-source.ts';
import { previewRows, shownQuery } from '../../../../src/sources/postgres/query/preview.ts';
import { NO_FILTERS, buildSourceQuery } from '../../../../src/sources/postgres/query/query.ts';
import { createSource } from '../../source-database.ts';
import type { SourceDatabase } from '../../source-database.ts';

const PEOPLE: QueryConfiguration = {
  baseTable: 'people',
  joins: [{ type: 'left', table: 'mails', on: 'mails.person_id = people.id' }],
  fields: [
    { source: 'people.id', target: 'external_id' },
    { source: 'mails.mail', target: 'email' },
  ],
  filters: [{ field: 'people.hidden', operator: '=', value: false }],
  targetType: 'customer_users',
};

let source: SourceDatabase;

before(async () => {
  source = await createSource({
    sql: `
      create table mails (person_id int primary key, mail text);
      create table people (id int primary key, hidden boolean not null default false, revision bigint, day date,
        plain timestamp, note text, "Updated_At" timestamptz);
      create table old ("id" int primary key, note text)`,
  });
});
after(() => source.drop());
beforeEach(async () => {
  await source.run(`truncate people; insert into people (id, "Updated_At")
    select n, timestamptz '2024-05-01 10:00:00.123456+02' + (n / 4) * interval '1 second' from generate_series(1, 10) n`);
});

/** Waits until every transaction in which rows may have been written is over: also those of other tests' databases. */
async function settled(): Promise<void> {
  const { rows } = await source.run('select txid_current()::text as "id"');
  const over = `select txid_snapshot_xmin(txid_current_snapshot()) > $1::bigint as "over"`;
  while ((await source.run(over, [rows[0]?.['id']])).rows[0]?.['over'] !== true) await delay(20);
}

/** One run: the identifiers it reads, and how far it came. */
async function run(
  reached: SourceCursor | null,
  wanted: string | true = true,
  query: QueryConfiguration = PEOPLE,
): Promise<{ ids: number[]; cursor: SourceCursor; shown: string }> {
  await settled();
  const schema = await source.introspect();
  await using session = await source.open();
  const { cursor, since } = await measureSource(session, schema, query, wanted, reached);
  const built = await buildSourceQuery(query, schema, { ...NO_FILTERS, since });
  const { rows } = await previewRows(session, built, 1_000);
  return { ids: rows.map(([id]) => Number(id)), cursor, shown: shownQuery(built) };
}

const change = (id: number, at: string): Promise<unknown> =>
  source.run(
    `insert into people (id, "Updated_At") values ($1, $2)
     on conflict (id) do update set "Updated_At" = excluded."Updated_At"`,
    [id, at],
  );

describe('reading what is new since the last run', () => {
  test('reads all at first, and nothing when nothing is new, however many rows share the greatest value', async () => {
    const first = await run(null);
    assert.deepEqual(first.ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual([first.cursor.column, first.cursor.value], ['Updated_At', '2024-05-01 08:00:02.123456+00']);
    const second = await run(first.cursor);
    assert.deepEqual(second.ids, []);
    assert.equal(second.cursor.value, first.cursor.value);
  });

  test('reads what was changed or made later, with a parameter that people see as a value', async () => {
    const { cursor } = await run(null);
    await change(3, '2024-05-01 10:01+02');
    await change(11, '2024-05-01 10:02+02');
    const second = await run(cursor);
    assert.deepEqual(second.ids, [3, 11]);
    assert.match(second.shown, /"Updated_At" > '2024-05-01 08:00:02\.123456\+00'/u);
    assert.deepEqual((await run(second.cursor)).ids, []);
  });

  test('loses no row that comes later with the greatest value that was read, before or behind the others', async () => {
    for (const late of [0, 11]) {
      const { cursor } = await run(null);
      await change(late, '2024-05-01 10:00:02.123456+02');
      const second = await run(cursor);
      assert.deepEqual(second.ids, [late]);
      assert.deepEqual((await run(second.cursor)).ids, []);
    }
  });

  test('notices a row that was changed without getting a greater value, among those of the greatest', async () => {
    const { cursor } = await run(null);
    await source.run(`update people set note = 'changed' where id = 9`);
    assert.deepEqual((await run(cursor)).ids, [9]);
  });

  test('reads rows without a value, and again when there are others of them', async () => {
    await source.run(`insert into people (id) values (20), (21)`);
    const first = await run(null);
    assert.deepEqual(first.ids.slice(-2), [20, 21]);
    assert.deepEqual((await run(first.cursor)).ids, []);
    await source.run(`insert into people (id) values (22)`);
    const third = await run(first.cursor);
    assert.deepEqual(third.ids, [22]);
    assert.deepEqual((await run(third.cursor)).ids, []);
  });

  test('is not led astray by a clock that is wrong: what follows a value of the future is read', async () => {
    await change(5, '2999-01-01');
    await change(6, 'infinity');
    const first = await run(null);
    assert.ok(first.cursor.value?.startsWith('2024-05-01'));
    await change(11, '2024-06-01');
    assert.deepEqual((await run(first.cursor)).ids, [5, 6, 11]);
  });

  test('loses no row of a transaction that took its time long before it was committed', async () => {
    const { cursor } = await run(null);
    await change(12, '2024-05-01 09:30+02');
    await source.run(`update people set "Updated_At" = '2024-04-01' where id = 4`);
    assert.deepEqual((await run(cursor)).ids, [12]);
  });

  test('reads the rows of the greatest value again where a view does not say which of them came late', async () => {
    await source.run('create or replace view everybody as select * from people');
    const view = { ...PEOPLE, baseTable: 'everybody', joins: [], fields: PEOPLE.fields.slice(0, 1), filters: [] };
    const on = { ...view, fields: [{ source: 'everybody.id', target: 'external_id' }] };
    const first = await run(null, true, on);
    assert.equal(first.ids.length, 10);
    assert.deepEqual((await run(first.cursor, true, on)).ids, []);
    await change(11, '2024-05-01 10:00:02.123456+02');
    assert.deepEqual(new Set((await run(first.cursor, true, on)).ids), new Set([8, 9, 10, 11]));
  });

  test('never goes back when the newest rows are removed', async () => {
    const { cursor } = await run(null);
    await source.run('delete from people where id > 3');
    const second = await run(cursor);
    assert.deepEqual([second.ids, second.cursor.value], [[], cursor.value]);
  });

  test('an empty source has no value yet, and then everything is new', async () => {
    await source.run('truncate people');
    const first = await run(null);
    assert.deepEqual([first.ids, first.cursor.value], [[], null]);
    await change(1, '2024-01-01');
    assert.deepEqual((await run(first.cursor)).ids, [1]);
  });

  test('goes by numbers, days and times without a zone as well', async () => {
    await source.run(`update people set revision = id * 9007199254740993, day = date '2024-01-01' + id,
      plain = timestamp '2024-01-01' + id * interval '1 hour'`);
    for (const column of ['revision', 'people.day', 'plain']) {
      const first = await run(null, column);
      assert.equal(first.ids.length, 10);
      await source.run(
        `update people set revision = revision + 1, day = day + 1, plain = plain + interval '1 hour' where id = 10`,
      );
      assert.deepEqual((await run(first.cursor, column)).ids, [10], column);
    }
  });

  test('begins anew when the query or the column is another', async () => {
    const { cursor } = await run(null);
    await source.run('update people set revision = id');
    assert.equal((await run(cursor, 'revision')).ids.length, 10);
    assert.equal((await run(cursor, true, { ...PEOPLE, filters: [] })).ids.length, 10);
  });

  test('names what is wrong with the column', async () => {
    const refused = async (wanted: string | true, query = PEOPLE): Promise<unknown> => {
      const error: unknown = await run(null, wanted, query).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      return error instanceof Error && 'details' in error ? error.details : error;
    };
    const naming = (sentence: string): object => ({ fields: { 'options.since_last_run': [sentence] } });
    assert.deepEqual(await refused('missing'), naming('people has no column missing.'));
    assert.deepEqual(await refused('mails.mail'), naming('people has no column mails.mail.'));
    assert.deepEqual(
      await refused('note'),
      naming('What is new cannot be told by note: it is text, neither a time nor a number.'),
    );
    const old = {
      ...PEOPLE,
      baseTable: 'old',
      joins: [],
      fields: [{ source: 'id', target: 'external_id' }],
      filters: [],
    };
    assert.deepEqual(
      await refused(true, old),
      naming('old has no column that says when a row was changed, such as updated_at; name one.'),
    );
  });
});
