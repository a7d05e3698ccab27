import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { arrived, EXPECTED, expectedCount, expectedSample, FREESCOUT_TYPES, versions } from '../support/freescout.ts';
import { applyTemplate, countersOf, makeProfile, runJob } from '../support/lading-process.ts';
import { openServed } from '../support/served.ts';
import type { Served } from '../support/served.ts';
import { FAILING_CUSTOMERS, loadOddFreescout } from '../support/odd-freescout.ts';

const EVERYTHING = 1_000_000;
const issuesAnswer = z.object({
  data: z.array(z.object({ code: z.string(), field: z.string().nullable(), value: z.string().nullable() })),
  meta: z.object({ total: z.number() }),
});

describe('a FreeScout that years of use have left their marks on', () => {
  let lading: Served;
  let database: TestDatabase;
  let source: pg.Client;
  let store: pg.Client;
  let profile: string;
  let firstJob: string;
  let expected: Record<string, number>;
  let total: number;

  before(async () => {
    database = await createEmptyDatabase();
    source = new pg.Client(database.url);
    await source.connect();
    await loadOddFreescout(source, 7);
    // Whoever set this database up had a taste of his own; what is read must not depend on it.
    const name = pg.escapeIdentifier(new URL(database.url).pathname.slice(1));
    for (const setting of [
      `timezone = 'Asia/Kathmandu'`,
      `datestyle = 'German, DMY'`,
      `standard_conforming_strings = off`,
      `bytea_output = 'escape'`,
      `default_transaction_isolation = 'serializable'`,
    ]) {
      await source.query(`alter database ${name} set ${setting}`);
    }
    expected = {};
    for (const type of FREESCOUT_TYPES) expected[type] = await expectedCount(source, type);
    total = Object.values(expected).reduce((sum, count) => sum + count, 0);
    lading = await openServed();
    store = await lading.connect();
    profile = await makeProfile(lading.client, database.url);
    await applyTemplate(lading.client, profile, 'freescout');
  });
  after(async () => {
    await Promise.all([source?.end(), store?.end()]);
    await lading?.stop();
    await database.drop();
  });

  test('is imported with an outcome for every row', async () => {
    const job = await runJob(lading.client, profile);
    firstJob = job.id;
    assert.deepEqual(
      { status: job.status, errors: job.errors, ...countersOf(job) },
      { status: 'completed', errors: null, created: total, updated: 0, skipped: 0, failed: FAILING_CUSTOMERS },
    );
    assert.deepEqual(job.metadata.source_counts, {
      ...expected,
      customer_users: (expected['customer_users'] ?? 0) + FAILING_CUSTOMERS,
    });
  });

  for (const type of FREESCOUT_TYPES) {
    test(`gives every one of its ${type} the very fields they have in the source`, async () => {
      const all = await expectedSample(source, type, EVERYTHING, '');
      assert.equal(all.size, expected[type]);
      assert.ok(all.size >= 20, 'there is something to compare');
      const found = await arrived(store, type, [...all.keys()]);
      for (const [id, fields] of all) assert.deepEqual(found.get(id), fields);
      assert.equal((await versions(store, type)).size, all.size);
    });
  }

  test('has issues that name what could not be taken over: times that are none, and references that lead nowhere', async () => {
    const path = `/api/import/jobs/${firstJob}/issues?per_page=1000`;
    const times = await lading.client.get(`${path}&field=source_created_at`, issuesAnswer);
    assert.equal(times.meta.total, FAILING_CUSTOMERS);
    assert.deepEqual(new Set(times.data.map(({ code }) => code)), new Set(['out_of_range']));
    const { rows } = await source.query<{ count: number }>(
      `select count(*)::int as count from (${EXPECTED['tickets']}) as t join conversations v on v.id::text = t.external_id
       where v.customer_id is not null and t.customer is null`,
    );
    const lost = await lading.client.get(`${path}&field=customer_user_id`, issuesAnswer);
    assert.equal(lost.meta.total, rows[0]?.count);
    assert.ok(lost.meta.total > 0);
  });

  test('is skipped as a whole when imported again, and no record is written', async () => {
    const written = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      for (const type of FREESCOUT_TYPES) found.push(await versions(store, type));
      return found;
    };
    const before = await written();
    const job = await runJob(lading.client, profile);
    assert.deepEqual(countersOf(job), { created: 0, updated: 0, skipped: total, failed: FAILING_CUSTOMERS });
    assert.deepEqual(await written(), before);
  });
});
