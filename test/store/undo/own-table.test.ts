import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_UNDOS } from '../../../src/domain/rollback.ts';
import type { TargetSpec } from '../../../src/domain/target.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

/** A table of people with rules of its own: an e-mail is unique, and a person may have a boss among them. */
async function people(table: string): Promise<TargetSpec> {
  await pool.query(`
    create table "public"."${table}" ("id" uuid primary key, "tenant_id" uuid, "source_id" uuid,
      "external_id" text, "email" text, "boss" uuid references "public"."${table}" ("id"), "source_hash" bytea,
      "created_at" timestamptz default now(), "updated_at" timestamptz default now(),
      constraint "${table}_identity" unique ("tenant_id", "source_id", "external_id"),
      constraint "${table}_email" unique ("email"))`);
  const text = (name: string) => ({ name, column: name, type: 'text', required: false }) as const;
  return {
    type: table,
    label: table,
    schema: 'public',
    table,
    fields: [text('external_id'), text('email')],
    identity: ['external_id'],
    anyOf: [],
    builtin: false,
  };
}

const row = (id: string, email: string | null = null): RowValues => ({ external_id: id, email });
const emails = async (job: TestImport): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await recordsOf(pool, job.spec, job.tenantId)).map(({ values }) => [values['external_id'], values['email']]),
  );
async function issuesOf(jobNumber: number): Promise<unknown> {
  const { rows } = await pool.query(
    `select "row_number"::int as "row", "code", "message", "fatal" from "import_issues" where "job_number" = $1 order by 1`,
    [jobNumber],
  );
  return rows;
}

test('what somebody else has by now fails with an issue and the rest goes on, as a dry run says', async () => {
  const first = await startImport(orm, { spec: await people('claimed') });
  await first.commit([row('a', 'a@x'), row('b', 'b@x'), row('c', 'c@x')]);
  const job = await startImport(orm, first);
  await job.commit([row('a', 'a@y'), row('b', 'b@y'), row('c', 'c@y'), row('d', 'd@y')]);
  const other = await startImport(orm, { spec: first.spec });
  await other.commit([row('z', 'b@x')]);

  for (const dryRun of [true, false]) {
    const undo = await startUndo(orm, job, { dryRun });
    assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 3, failed: 1 });
    const message = 'Another record has the same value (claimed_email).';
    assert.deepEqual(await issuesOf(undo.jobNumber), [{ row: 2, code: 'duplicate', message, fatal: true }]);
    assert.equal((await undo.entries())[1]?.reason, message);
    assert.deepEqual(
      await emails(job),
      dryRun ? { a: 'a@y', b: 'b@y', c: 'c@y', d: 'd@y' } : { a: 'a@x', b: 'b@y', c: 'c@x' },
    );
  }
});

for (const limit of [1, 2, 100]) {
  test(`a value that was passed on is given back from the last to the first, ${limit} rows at a time`, async () => {
    const first = await startImport(orm, { spec: await people(`passed_${limit}`) });
    await first.commit([row('a', '1'), row('b', '2'), row('c', '3')]);
    const was = await emails(first);
    const job = await startImport(orm, first);
    await job.commit([row('a', 'free')]);
    await job.commit([row('b', '1')]);
    await job.commit([row('c', '2')]);
    await job.commit([row('d', '3')]);
    for (const dryRun of [true, false])
      assert.deepEqual(await (await startUndo(orm, job, { dryRun })).run(limit), { ...NO_UNDOS, reversed: 4 });
    assert.deepEqual(await emails(first), was);
  });

  test(`records that refer to each other go, whoever comes first, ${limit} rows at a time`, async () => {
    for (const dryRun of [true, false]) {
      const job = await startImport(orm, { spec: await people(`bosses_${limit}_${dryRun}`) });
      await job.commit(['a', 'b', 'c', 'd', 'e'].map((id) => row(id)));
      const table = `"public"."${job.spec.table}"`;
      // A circle of a, b and c; d is the boss of e, which somebody has edited.
      for (const [id, boss] of Object.entries({ a: 'b', b: 'c', c: 'a', e: 'd' }))
        await pool.query(
          `update ${table} set "boss" = (select "id" from ${table} where "external_id" = $2) where "external_id" = $1`,
          [id, boss],
        );
      await pool.query(`update ${table} set "email" = 'mine' where "external_id" = 'e'`);
      const undo = await startUndo(orm, job, { dryRun });
      const kept = { kept_edited: 1, kept_referenced: 1 };
      assert.deepEqual(await undo.run(limit), { ...NO_UNDOS, reversed: 3, ...kept });
      assert.deepEqual(Object.keys(await emails(job)), dryRun ? ['a', 'b', 'c', 'd', 'e'] : ['d', 'e']);
    }
  });
}

test('a redo brings back what it can when a value is somebody else’s by now', async () => {
  const job = await startImport(orm, { spec: await people('regained') });
  await job.commit([row('a', 'a@x'), row('b', 'b@x')]);
  const undo = await startUndo(orm, job);
  await undo.run();
  await (await startImport(orm, { spec: job.spec })).commit([row('z', 'a@x')]);
  for (const dryRun of [true, false]) {
    const redo = await startUndo(orm, job, { dryRun }, undo);
    assert.deepEqual(await redo.run(), { ...NO_UNDOS, reversed: 1, failed: 1 });
  }
  assert.deepEqual(await emails(job), { b: 'b@x' });
});

test('a table that has lost a column is not touched and says which', async () => {
  const job = await startImport(orm, { spec: await people('cut') });
  await job.commit([row('a', 'a@x')]);
  await pool.query('alter table "public"."cut" drop column "email"');
  const undo = await startUndo(orm, job);
  await assert.rejects(undo.run(), {
    code: 'conflict',
    message: 'The table public.cut has no columns email: what was written there cannot be undone.',
  });
});

test('a trigger that passes over a record without a word makes it fail', async () => {
  const first = await startImport(orm, { spec: await people('silent') });
  await first.commit([row('a', 'a@x'), row('b', 'b@x')]);
  const job = await startImport(orm, first);
  await job.commit([row('a', 'a@y'), row('b', 'b@y'), row('c', 'c@y'), row('d', 'd@y')]);
  await pool.query(`
    create function "pass_over"() returns trigger language plpgsql as
      $$ begin return case when old."external_id" in ('a', 'c') then null when tg_op = 'DELETE' then old else new end; end $$;
    create trigger "pass_over" before update or delete on "public"."silent" for each row execute function "pass_over"()`);
  const undo = await startUndo(orm, job);
  assert.deepEqual(await undo.run(), { ...NO_UNDOS, reversed: 2, failed: 2 });
  assert.deepEqual(await emails(job), { a: 'a@y', b: 'b@x', c: 'c@y' });
  assert.equal((await undo.entries()).length, 4);
});
