import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadDump } from '../../src/demo/load-dump.ts';
import { NO_UNDOS } from '../../src/domain/rollback.ts';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import { createRollbacks } from '../../src/engine/rollbacks/index.ts';
import { makeProfile, startTestEngine } from '../support/jobs.ts';
import type { TestEngine } from '../support/jobs.ts';
import { registerTable } from '../support/own-targets.ts';
import { rawSession } from '../support/sessions.ts';
import type { RawSession } from '../support/sessions.ts';
import { testData } from '../support/test-data.ts';
import { tablesArriveAndGo } from './own-tables.ts';

tablesArriveAndGo({ name: 'chinook', kept: [] });
tablesArriveAndGo({ name: 'pagila', kept: ['store', 'staff', 'address', 'city', 'country'] });

const dump = testData('sql/pagila.sql.gz');

describe('somebody’s own customers, mapped into the table customer of Pagila', { skip: dump.skip }, () => {
  let engine: TestEngine;
  let store: RawSession;

  before(async () => {
    engine = await startTestEngine({ contacts: 0 });
    store = await rawSession(engine.databaseUrl);
    await loadDump(store.client, dump.path);
    await store.query('set search_path = public');
    // Of 300 people some are customers already, and two do not fit: no such address, no family name.
    await engine.source.query(`
      create table people (id integer primary key, given text, family text, mail text, place integer, shop integer, since date);
      insert into people select n, 'given ' || n, 'family ' || n, n || '@example.com', 5 + n % 80, 1 + n % 2, date '2020-01-01' + n
      from generate_series(1, 300) as n;
      update people set place = 100000 where id = 100;
      update people set family = null where id = 101`);
    await engine.startWorker();
  });

  after(async () => {
    await store[Symbol.asyncDispose]();
    await engine.close();
  });

  /** All but what a trigger of the table writes each time a row is written, whoever does it. */
  const customers = async (where = 'true'): Promise<string[]> => {
    const { rows } = await store.query(
      `select (to_jsonb(t) - 'last_update')::text as "row" from public.customer as t where ${where} order by customer_id`,
    );
    return rows.map(({ row }: { row: string }) => row);
  };

  async function rollBack(jobId: string, preserveRelationships = true): Promise<[string, object]> {
    const { job } = await createRollback(engine.deps, engine.actor, jobId, {
      options: { preserveRelationships, batchSize: 70 },
      confirmation: { understoodConsequences: true, backupCreated: true },
    });
    await engine.reached(job.id, 'completed');
    return [job.id, (await createRollbacks(engine.deps).get(engine.actor, job.id)).outcomes];
  }

  test('arrive through its foreign keys and triggers, go again where nobody refers to them, and come back', async () => {
    const was = await customers();
    const there = (await customers('customer_id > 500')).length;
    const { spec } = await registerTable(engine.orm, 'public.customer', ['customer_id'], { actor: engine.actor });
    const profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, {
      [spec.type]: {
        baseTable: 'people',
        joins: [],
        fields: [
          { source: 'people.id + 500', target: 'customer_id' },
          { source: 'people.shop', target: 'store_id' },
          { source: 'upper(people.given)', target: 'first_name' },
          { source: 'upper(people.family)', target: 'last_name' },
          { source: 'lower(people.mail)', target: 'email' },
          { source: 'people.place', target: 'address_id' },
          { source: 'people.since', target: 'create_date' },
        ],
        filters: [],
        targetType: spec.type,
      },
    });
    const jobId = await engine.create({ profileId, options: { batchSize: 100 } });
    await engine.reached(jobId, 'completed');
    const { counters } = await engine.jobs.get(engine.actor, jobId);
    assert.deepEqual(counters, { created: 298 - there, updated: there, skipped: 0, failed: 2, duplicates: 0 });
    const arrived = await customers();
    assert.equal(arrived.length, was.length + 298 - there);

    await store.query(`
      insert into public.rental (rental_date, inventory_id, customer_id, staff_id) values ('2023-01-01', 1, 700, 1);
      update public.customer set email = 'new@example.com' where customer_id = 701`);
    const [undo, outcomes] = await rollBack(jobId, false);
    assert.deepEqual(outcomes, { ...NO_UNDOS, reversed: 298 - 2, kept_referenced: 1, kept_edited: 1 });
    assert.deepEqual(await customers('customer_id not in (700, 701)'), was);
    await rollBack(undo);
    await store.query(`update public.customer set email = '201@example.com' where customer_id = 701`);
    assert.deepEqual(await customers(), arrived);
  });
});
