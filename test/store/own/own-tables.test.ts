import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { openStore } from '../../../src/store/orm.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { registerTable } from '../../support/own-targets.ts';
import type { OwnStage } from '../../support/own-targets.ts';
import { startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';

let database: TestDatabase;
let orm: MikroORM;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 4);
  pool = await orm.em.getConnection().getNativeClient();
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

const created = (n: number) => ({ created: n, updated: 0, skipped: 0, failed: 0, duplicates: 0 });

/** An import that fills some fields of an own table. */
async function importing(
  { actor, spec }: OwnStage,
  writtenFields: readonly string[],
  options: Partial<Parameters<typeof startImport>[1]> = {},
): Promise<TestImport> {
  const name = spec.identity.length === 1 ? spec.identity[0] : spec.identity.join('\u001f');
  return startImport(orm, {
    tenantId: actor.tenantId,
    spec,
    writtenFields,
    identifierField: name ?? '',
    ...options,
  });
}

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
  const first = await importing(stage, ['email', 'name', 'level']);
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

  const again = await importing(stage, ['email', 'name', 'level'], { sourceId: first.sourceId });
  assert.deepEqual((await again.commit(rows)).counters, { ...created(0), skipped: 3 });
  await pool.query(`update "customers" set "name" = 'Edited' where "email" = 'a@x'`);
  const third = await importing(stage, ['email', 'name', 'level'], { sourceId: first.sourceId });
  const changed = [{ email: 'b@x', name: 'Bobby', level: null }, rows[1] ?? {}];
  assert.deepEqual((await third.commit(changed)).counters, { ...created(0), updated: 1, skipped: 1 });
  assert.deepEqual(
    (await look()).map((row) => (row as { name: string; level: number }).name),
    ['Olda', 'Edited', 'Bobby'],
  );
  const [ledger] = await third.ledger();
  assert.deepEqual(ledger?.before, { email: 'b@x', name: 'Bob', level: '7' });
});
