import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { describeFreescout } from '../../src/demo/freescout-generator.ts';
import { loadDump } from '../../src/demo/load-dump.ts';
import { loadFreescout } from '../../src/demo/load-freescout.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { arrived, expectedCount, expectedSample, FREESCOUT_TYPES, versions } from '../support/freescout.ts';
import { applyTemplate, countersOf, makeProfile, runJob } from '../support/lading-process.ts';
import { openServed } from '../support/served.ts';
import type { Served } from '../support/served.ts';
import { testData } from '../support/test-data.ts';

const dump = testData('sql/freescout_dev.sql.gz');
const generated = describeFreescout({ seed: 3, customers: 2500, conversations: 1200, users: 11 });

const SOURCES = [
  {
    name: 'the FreeScout dump',
    skip: dump.skip,
    load: async (client: pg.Client): Promise<void> => void (await loadDump(client, dump.path)),
    counts: { agents: 12, customer_users: 5000, tickets: 2360, time_entries: 860 },
  },
  {
    name: 'a generated FreeScout',
    skip: false,
    load: (client: pg.Client): Promise<void> => loadFreescout(client, generated),
    counts: generated.truth,
  },
] as const;

for (const { name, skip, load, counts } of SOURCES) {
  describe(`${name}, imported`, { skip }, () => {
    let lading: Served;
    let database: TestDatabase;
    let source: pg.Client;
    let store: pg.Client;
    let profile: string;
    let expected: Record<string, number>;
    let total: number;

    before(async () => {
      database = await createEmptyDatabase();
      source = new pg.Client(database.url);
      await source.connect();
      await load(source);
      await source.query('reset all');
      await source.query('set search_path = public');
      expected = Object.fromEntries(
        await Promise.all(FREESCOUT_TYPES.map(async (type) => [type, await expectedCount(source, type)] as const)),
      );
      total = Object.values(expected).reduce((sum, count) => sum + count, 0);
      lading = await openServed();
      store = await lading.connect();
      profile = await makeProfile(lading.client, database.url);
      await applyTemplate(lading.client, profile, 'freescout');
    });
    after(async () => {
      await Promise.all([source.end(), store.end()]);
      await lading.stop();
      await database.drop();
    });

    test('gives each type as many rows as there are, every one with an outcome', async () => {
      assert.partialDeepStrictEqual(expected, { ...counts });
      const job = await runJob(lading.client, profile);
      assert.deepEqual(
        { status: job.status, errors: job.errors, ...countersOf(job), counts: job.metadata.source_counts },
        { status: 'completed', errors: null, created: total, updated: 0, skipped: 0, failed: 0, counts: expected },
      );
      for (const type of FREESCOUT_TYPES) {
        assert.equal((await versions(store, type)).size, expected[type], type);
      }
    });

    for (const type of FREESCOUT_TYPES) {
      test(`gives 200 ${type} the very fields they have in the source`, async () => {
        const sample = await expectedSample(source, type, 200, 'any seed');
        const found = await arrived(store, type, [...sample.keys()]);
        for (const [id, fields] of sample) {
          const phone = fields['phone'] === 'whatever it gives' ? { phone: found.get(id)?.['phone'] ?? null } : {};
          assert.deepEqual(found.get(id), { ...fields, ...phone });
        }
      });
    }

    test('is skipped as a whole when imported again, and no record is written', async () => {
      const before = await Promise.all(FREESCOUT_TYPES.map((type) => versions(store, type)));
      const job = await runJob(lading.client, profile);
      assert.deepEqual(countersOf(job), { created: 0, updated: 0, skipped: total, failed: 0 });
      assert.deepEqual(await Promise.all(FREESCOUT_TYPES.map((type) => versions(store, type))), before);
    });

    test('brings exactly what was changed and added at the source since then', async () => {
      const before = await versions(store, 'customer_users');
      const { rows: changed } = await source.query<{ id: string }>(
        `update customers set company = 'Renamed ' || id where id in
           (select id from customers order by md5(id::text) limit 50) returning id::text`,
      );
      const { rows: added } = await source.query<{ id: string }>(
        `insert into customers (first_name, last_name) select 'New', 'Customer ' || n from generate_series(1, 10) n
         returning id::text`,
      );
      const job = await runJob(lading.client, profile);
      assert.deepEqual(countersOf(job), { created: 10, updated: 50, skipped: total - 50, failed: 0 });
      const now = await versions(store, 'customer_users');
      const written = [...now.keys()].filter((id) => now.get(id) !== before.get(id));
      assert.deepEqual(written.toSorted(), [...changed, ...added].map(({ id }) => id).toSorted());
      const found = await arrived(
        store,
        'customer_users',
        changed.map(({ id }) => id),
      );
      assert.deepEqual(
        [...found.values()].map((fields) => fields['company'] ?? '').toSorted(),
        changed.map(({ id }) => `Renamed ${id}`).toSorted(),
      );
    });
  });
}
