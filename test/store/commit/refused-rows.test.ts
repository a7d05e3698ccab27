import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { openStore } from '../../../src/store/orm.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';

let database: TestDatabase;
let orm: MikroORM;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  orm = openStore(database.url, 4);
  pool = await orm.em.getConnection().getNativeClient();
  await pool.query(`
    alter table "target"."customer_users"
      add constraint "no_bad_names" check ("name" <> 'bad'),
      add constraint "one_phone" unique ("tenant_id", "phone"),
      add constraint "needs_a_country" check ("country" is not null or "city" is null);
    create function refuse() returns trigger language plpgsql as $$
      begin
        if new."notes" = 'raise' then raise exception 'not in my house'; end if;
        if new."notes" = 'full' then raise exception 'no room' using errcode = '53100'; end if;
        return new;
      end $$;
    create trigger "refuse" before insert or update on "target"."customer_users" for each row execute function refuse()`);
});

after(async () => {
  await orm.close(true);
  await database.drop();
});

const names = async (job: TestImport): Promise<(string | null | undefined)[]> =>
  (await recordsOf(pool, job.spec, job.tenantId)).map((record) => record.values['external_id']);

function rows(count: number, change: Readonly<Record<number, RowValues>>): RowValues[] {
  return Array.from({ length: count }, (_, n) => ({ external_id: String(n), name: `name ${n}`, ...change[n] }));
}

test('rows the database refuses become failed rows that say why, and all others go in', async () => {
  const job = await startImport(orm);
  const wide = randomBytes(10_000).toString('hex');
  const { counters } = await job.commit(
    rows(101, {
      0: { name: 'bad' },
      13: { notes: 'raise' },
      50: { phone: '555' },
      51: { phone: '555' },
      77: { external_id: wide },
      100: { name: 'bad', notes: 'raise' },
    }),
  );
  assert.deepEqual(counters, { created: 96, updated: 0, skipped: 0, failed: 5, duplicates: 0 });
  const bad = ['0', '13', '51', wide, '100'];
  assert.deepEqual(
    (await job.ledger()).filter((row) => row.action === 'failed').map((row) => [row.identifier, row.target]),
    bad.map((id) => [id, null]),
  );
  assert.deepEqual(
    await names(job),
    rows(101, {})
      .map((row) => row['external_id'])
      .filter((id) => !['0', '13', '51', '77', '100'].includes(String(id))),
  );
  const issue = { field: null, value: null, fatal: true };
  const check =
    'The database refused the row: new row for relation "customer_users" violates check constraint "no_bad_names"';
  const issues = await job.issues();
  assert.match(issues[3]?.message ?? '', /^The database refused the row: index row (size|requires) /);
  assert.deepEqual(
    issues.filter((_, index) => index !== 3),
    [
      { row: 1, ...issue, code: 'constraint_violation', message: check },
      { row: 14, ...issue, code: 'constraint_violation', message: 'The database refused the row: not in my house' },
      { row: 52, ...issue, code: 'duplicate', message: 'Another record has the same value (one_phone).' },
      { row: 101, ...issue, code: 'constraint_violation', message: 'The database refused the row: not in my house' },
    ],
  );
});

test('an update the database refuses leaves its record as it is, and the others change', async () => {
  const first = await startImport(orm);
  await first.commit(rows(20, {}));
  const before = await recordsOf(pool, first.spec, first.tenantId);
  const job = await startImport(orm, first);
  const { counters } = await job.commit(rows(20, { 3: { name: 'bad' }, 4: { name: 'fine' }, 19: { notes: 'raise' } }));
  assert.deepEqual(counters, { created: 0, updated: 1, skipped: 17, failed: 2, duplicates: 0 });
  const after = await recordsOf(pool, first.spec, first.tenantId);
  assert.deepEqual(
    after.filter((_, n) => n !== 4),
    before.filter((_, n) => n !== 4),
  );
  assert.equal(after[4]?.values['name'], 'fine');
  const ledger = await job.ledger();
  assert.equal(ledger.length, 20);
  assert.deepEqual(
    ledger.map((row) => row.action),
    rows(20, {}).map((_, n) => (n === 4 ? 'updated' : n === 3 || n === 19 ? 'failed' : 'skipped')),
  );
});

test('a value the column cannot be without is named by its field', async () => {
  await pool.query(`alter table "target"."accounts" alter column "industry" set not null`);
  const { accounts } = await import('../../../src/targets/accounts.ts');
  const job = await startImport(orm, { spec: accounts });
  await job.commit([{ external_id: '1', industry: 'toys' }, { external_id: '2' }]);
  assert.deepEqual(await job.issues(), [
    {
      row: 2,
      field: 'industry',
      code: 'missing_required',
      message: 'The industry field is required.',
      value: null,
      fatal: true,
    },
  ]);
});

test('issues that a refused row had before are kept with the new one', async () => {
  const job = await startImport(orm);
  const told = { field: 'name', code: 'out_of_range', message: 'Odd.', value: 'bad', fatal: false } as const;
  await job.commit([job.draft({ external_id: '1', name: 'bad' }, [told])]);
  assert.deepEqual(
    (await job.issues()).map((issue) => [issue.row, issue.code, issue.fatal]),
    [
      [1, 'out_of_range', false],
      [1, 'constraint_violation', true],
    ],
  );
});

test('an error that is not the data’s fault is thrown and nothing is written', async () => {
  const job = await startImport(orm);
  await assert.rejects(job.commit(rows(10, { 5: { notes: 'full' }, 6: { name: 'bad' } }), { key: '10' }), {
    code: '53100',
  });
  assert.deepEqual(await names(job), []);
  assert.deepEqual([await job.ledger(), await job.issues()], [[], []]);
  assert.deepEqual(
    (await job.partitions()).map((partition) => [partition.rowsDone, partition.position ?? null, partition.failed]),
    [[0, null, 0]],
  );
});

test('two rows that claim one external_id under two identifiers: the first is taken', async () => {
  const job = await startImport(orm, { identifierField: 'email' });
  const { counters } = await job.commit([
    { external_id: '1', email: 'a@x' },
    { external_id: '1', email: 'b@x' },
    { external_id: '2', email: 'c@x' },
  ]);
  assert.deepEqual(counters, { created: 2, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  assert.deepEqual(
    (await job.issues()).map((issue) => [issue.row, issue.code]),
    [[2, 'duplicate']],
  );
});

test('a dry run finds the rows that the database would refuse', async () => {
  const dry = await startImport(orm, { kind: 'validate' });
  const { counters } = await dry.commit(rows(10, { 3: { name: 'bad' } }));
  assert.deepEqual(counters, { created: 9, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  assert.deepEqual([await names(dry), await dry.ledger(), (await dry.issues()).length], [[], [], 1]);
});
