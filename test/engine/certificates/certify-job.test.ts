import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { QueryConfiguration } from '../../../src/domain/query.ts';
import type { Certificate, CertifiedType } from '../../../src/engine/certificates/certificate.ts';
import { createRollback } from '../../../src/engine/rollbacks/create-rollback.ts';
import type { CreateJobInput } from '../../../src/engine/jobs/job-input.ts';
import { makeProfile, startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';

const PEOPLE = 3_000;

let engine: TestEngine;
let profileId: string;

const QUERIES: Record<string, QueryConfiguration> = {
  customer_users: {
    name: null,
    baseTable: 'people',
    joins: [],
    filters: [],
    targetType: 'customer_users',
    fields: [
      { source: 'id', target: 'external_id' },
      { source: 'name', target: 'name' },
      { source: 'email', target: 'email' },
      { source: 'born', target: 'birth_date' },
    ],
  },
};

before(async () => {
  engine = await startTestEngine();
  await engine.startWorker();
});

after(() => engine.close());

beforeEach(async () => {
  await sql('drop trigger if exists "meddle" on "target"."customer_users"');
  await sql('truncate "target"."customer_users" cascade');
  await engine.source.query(`
    drop table if exists people;
    create table people (id integer primary key, name text, email text, born text);
    insert into people select n, 'person ' || n, nullif(n || '@example.com', '7@example.com'), date '1970-01-01' + n
    from generate_series(1, ${PEOPLE}) as n;`);
  profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
});

const sql = (text: string): Promise<unknown> => engine.orm.em.fork().execute(text);

async function run(input: Partial<CreateJobInput> = {}): Promise<string> {
  const jobId = await engine.create({ profileId, options: { batchSize: 500 }, ...input });
  await engine.reached(jobId, 'completed');
  return jobId;
}

async function certificate(jobId: string): Promise<Certificate & { readonly type: CertifiedType }> {
  const certified = await engine.jobs.certificate(engine.actor, jobId, new AbortController().signal);
  const [type] = certified.types;
  assert.ok(type);
  return { ...certified, type };
}

const unequal = ({ columns }: CertifiedType): string[] =>
  columns.filter((column) => !column.equal).map(({ column }) => column);

const INTACT = { intact: PEOPLE, superseded: 0, edited: 0, altered: 0, missing: 0, uncompared: 0 };

test('of an import whose rows lie in the target as they were mapped the certificate is balanced', async () => {
  await engine.source.query(`update people set born = 'unknown' where id in (10, 20)`);
  const { balanced, type } = await certificate(await run());
  assert.equal(balanced, true);
  assert.deepEqual(type.rows, {
    source: PEOPLE,
    ledger: { created: PEOPLE - 2, updated: 0, skipped: 0, failed: 2 },
    checkpoints: { created: PEOPLE - 2, updated: 0, skipped: 0, failed: 2 },
    unprocessed: 0,
  });
  assert.deepEqual(type.records, { ...INTACT, intact: PEOPLE - 2 });
  assert.deepEqual(
    type.columns.map(({ column, source, target, equal }) => [column, source.count, target.nulls, equal]),
    [
      ['external_id', PEOPLE - 2, 0, true],
      ['name', PEOPLE - 2, 0, true],
      ['email', PEOPLE - 2, 1, true],
      ['birth_date', PEOPLE - 2, 0, true],
    ],
  );
});

test('checksums are of the values: other values make others, another order of rows does not', async () => {
  const before = await certificate(await run());
  await engine.source.query(`
    create table shuffled as select -id as id, name, email, born from people order by random();
    alter table shuffled add primary key (id); drop table people; alter table shuffled rename to people`);
  const after = await certificate(await run());
  const sums = ({ type }: { type: CertifiedType }): string[] => type.columns.map(({ source }) => source.checksum);
  assert.notEqual(sums(before)[0], sums(after)[0]);
  assert.deepEqual(sums(before).slice(1), sums(after).slice(1));
  assert.equal(new Set(sums(before)).size, 4);
});

test('a trigger that alters one column is caught, and the column is named', async () => {
  await sql(`
    create or replace function "meddle"() returns trigger language plpgsql as $$
    begin
      if new."external_id"::integer % 100 = 0 then new."name" := upper(new."name"); end if;
      return new;
    end $$`);
  await sql(
    `create trigger "meddle" before insert on "target"."customer_users" for each row execute function "meddle"()`,
  );
  const { balanced, type } = await certificate(await run());
  assert.equal(balanced, false);
  assert.deepEqual(type.records, { ...INTACT, intact: PEOPLE - 30, altered: 30 });
  assert.deepEqual(unequal(type), ['name']);
  const name = type.columns.find(({ column }) => column === 'name');
  assert.deepEqual([name?.source.count, name?.target.count], [PEOPLE, PEOPLE]);
});

test('a trigger that alters every row is caught as well', async () => {
  await sql(`
    create or replace function "meddle"() returns trigger language plpgsql as $$
    begin new."birth_date" := new."birth_date" + 1; return new; end $$`);
  await sql(
    `create trigger "meddle" before insert on "target"."customer_users" for each row execute function "meddle"()`,
  );
  const { balanced, type } = await certificate(await run());
  assert.equal(balanced, false);
  assert.deepEqual(type.records, { ...INTACT, intact: 0, altered: PEOPLE });
  assert.deepEqual(unequal(type), ['birth_date']);
});

test('records that went without anybody on record for it are missing', async () => {
  const jobId = await run();
  await sql(`delete from "target"."customer_users" where "external_id" in ('5', '6')`);
  const { balanced, type } = await certificate(jobId);
  assert.equal(balanced, false);
  assert.deepEqual(type.records, { ...INTACT, intact: PEOPLE - 2, missing: 2 });
  const [id] = type.columns;
  assert.deepEqual([id?.source.count, id?.target.count, id?.equal], [PEOPLE, PEOPLE - 2, false]);
});

test('what people changed is told column by column, what later jobs changed is theirs to answer for', async () => {
  const jobId = await run();
  const [edited, removed]: { id: string }[] = (await sql(
    `select "id" from "target"."customer_users" where "external_id" in ('1', '2') order by "external_id"`,
  )) as { id: string }[];
  await sql(`update "target"."customer_users" set "name" = 'Somebody' where "id" = '${edited?.id}'`);
  await sql(`delete from "target"."customer_users" where "id" = '${removed?.id}'`);
  for (const [id, action] of [
    [edited?.id, 'record.edited'],
    [removed?.id, 'record.deleted'],
  ]) {
    await sql(`insert into "audit_entries" ("tenant_id", "action", "subject_type", "subject_id", "data")
      values ('${engine.actor.tenantId}', '${action}', 'record:customer_users', '${id}', '{}')`);
  }
  await engine.source.query(`update people set email = 'new@example.com' where id between 11 and 20`);
  const later = await run();
  const { balanced, type } = await certificate(jobId);
  assert.equal(balanced, false);
  assert.deepEqual(type.records, { ...INTACT, intact: PEOPLE - 12, superseded: 10, edited: 2 });
  const name = type.columns.find(({ column }) => column === 'name');
  assert.deepEqual([name?.source.count, name?.target.count, name?.equal], [PEOPLE - 10, PEOPLE - 11, false]);
  const second = await certificate(later);
  assert.equal(second.balanced, true);
  // The one that was removed by hand is made again.
  assert.deepEqual(second.type.rows.ledger, { created: 1, updated: 10, skipped: PEOPLE - 11, failed: 0 });
  assert.deepEqual(second.type.records, { ...INTACT, intact: 11 });
});

test('what was rolled back is not missing, and counts again once it is back', async () => {
  const jobId = await run();
  const rollBack = async (undone: string): Promise<string> => {
    const confirmation = { understoodConsequences: true, backupCreated: true };
    const { job } = await createRollback(engine.deps, engine.actor, undone, { options: {}, confirmation });
    await engine.reached(job.id, 'completed');
    return job.id;
  };
  await sql(`update "target"."customer_users" set "name" = 'edited' where "external_id" = '5'`);
  const undo = await rollBack(jobId);
  const { type } = await certificate(jobId);
  assert.deepEqual(type.records, { ...INTACT, intact: 0, superseded: PEOPLE - 1, altered: 1 });
  await rollBack(undo);
  assert.deepEqual((await certificate(jobId)).type.records, { ...INTACT, intact: PEOPLE - 1, altered: 1 });
});

test('rows that were merged into records of others are held against what the merging left', async () => {
  await run();
  const other = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
  await engine.source.query(`update people set name = 'renamed ' || id, born = null where id <= 50`);
  const detection = { enabled: true, strategy: 'exact', primaryFields: ['email'] } as const;
  const merging = await run({ profileId: other, mode: { duplicateDetection: detection, updateDuplicates: true } });
  const { balanced, type } = await certificate(merging);
  // The person without e-mail has become a record of its own.
  assert.deepEqual(type.rows.ledger, { created: 1, updated: 49, skipped: PEOPLE - 50, failed: 0 });
  assert.equal(balanced, true);
  await sql(`update "target"."customer_users" set "name" = 'x' where "external_id" = '3'`);
  const altered = await certificate(merging);
  assert.equal(altered.balanced, false);
  assert.deepEqual(altered.type.records, { ...INTACT, intact: 49, altered: 1 });
  assert.deepEqual(unequal(altered.type), ['name']);
});

test('where the source has changed since, its columns are not compared, and the certificate says so', async () => {
  const jobId = await run();
  await sql(`update "target"."customer_users" set "name" = 'x' where "external_id" in ('3', '4')`);
  await engine.source.query(`update people set name = 'otherwise' where id = 3`);
  const one = await certificate(jobId);
  assert.deepEqual(one.type.records, { ...INTACT, intact: PEOPLE - 2, altered: 2, uncompared: 1 });
  await engine.source.query('drop table people');
  const { balanced, type } = await certificate(jobId);
  assert.equal(balanced, false);
  assert.deepEqual(type.records, { ...INTACT, intact: PEOPLE - 2, altered: 2, uncompared: 2 });
  assert.match(type.sourceProblem ?? '', /people/);
});

test('a ledger that lost a row does not add up', async () => {
  const jobId = await run();
  await sql(`delete from "import_records" where "row_number" = 5`);
  const { balanced, type } = await certificate(jobId);
  assert.equal(balanced, false);
  assert.equal(type.rows.ledger.created, PEOPLE - 1);
  assert.equal(type.rows.checkpoints.created, PEOPLE);
});

test('a cancelled job and its retry both balance, with what each left', async () => {
  await engine.source.query(`update people set born = 'unknown' where id in (10, 20)`);
  const first = await engine.create({ profileId, options: { batchSize: 20 } });
  await engine.progressed(first, 100);
  await engine.jobs.cancel(engine.actor, first);
  const cancelled = await certificate(first);
  assert.equal(cancelled.balanced, true);
  assert.equal(cancelled.type.rows.source, PEOPLE);
  const { ledger, unprocessed } = cancelled.type.rows;
  assert.equal(unprocessed, PEOPLE - ledger.created - ledger.failed);
  assert.ok(unprocessed > 0);
  await engine.source.query(`update people set born = '1970-01-01' where born = 'unknown'`);
  const { job } = await engine.jobs.retry(engine.actor, first);
  await engine.reached(job.id, 'completed');
  const again = await certificate(job.id);
  assert.equal(again.balanced, true);
  assert.equal(again.type.rows.source, unprocessed + 2);
  assert.equal(again.type.rows.ledger.created, unprocessed + 2);
});

test('a validation has no certificate, a running job none yet', async () => {
  const validation = await run({ kind: 'validate' });
  await assert.rejects(certificate(validation), { code: 'wrong_state' });
  const running = await engine.create({ profileId, options: { batchSize: 1 } });
  await assert.rejects(certificate(running), { code: 'wrong_state' });
  await engine.jobs.cancel(engine.actor, running);
});

test('a certificate that nobody waits for any more stops reading', async () => {
  const jobId = await run();
  const caller = new AbortController();
  // A lock on the target holds the reading up, until the caller goes away.
  await engine.orm.em.fork().transactional(async (tx) => {
    await tx.execute('lock table "target"."customer_users" in access exclusive mode');
    const certified = engine.jobs.certificate(engine.actor, jobId, caller.signal);
    const readers = async (): Promise<number> => {
      const [row] = await tx.execute<{ count: number }[]>(
        `select count(*)::int as "count" from pg_locks where not granted and relation = 'target.customer_users'::regclass`,
      );
      return row?.count ?? 0;
    };
    while ((await readers()) === 0);
    caller.abort(new Error('gone'));
    await assert.rejects(certified);
    while ((await readers()) > 0);
  });
  assert.equal((await certificate(jobId)).balanced, true);
});
