import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { insertRows, openDirectory, TENANT } from '../support/directory.ts';
import type { TestDirectory } from '../support/directory.ts';

const ORDERS = [
  [],
  [{ order_by: 'last_name', order_direction: 'desc' }],
  [{ order_by: 'seniority' }, { order_by: 'title', order_direction: 'desc' }],
  [{ order_by: 'created_at', order_direction: 'desc' }],
];

describe('a walk by cursor', () => {
  let directory: TestDirectory;
  before(async () => {
    directory = await openDirectory();
  });
  after(() => directory.close());

  for (const order of ORDERS) {
    test(`meets every row once while others arrive, ordered by ${JSON.stringify(order)}`, async () => {
      await directory.client.query('truncate target.contacts');
      // Many rows are alike in everything but their uuid, and many have no value.
      const make = (index: number) => ({
        uuid: randomUUID(),
        last_name: [null, 'Doe', 'Abel', 'Zoë'][index % 4],
        first_name: index % 3 === 0 ? null : 'Jo',
        seniority: [null, 'senior', 'entry'][index % 3],
        title: index % 5 === 0 ? null : 'Engineer',
      });
      const rows = Array.from({ length: 300 }, (_, index) => make(index));
      await directory.insert('contact', rows);

      const writer = new pg.Client({ connectionString: directory.url });
      await writer.connect();
      const met: unknown[] = [];
      try {
        let cursor: unknown = null;
        do {
          const query = { order_by: order, cursor, limit: 17, select_columns: ['uuid'] };
          const [page] = await Promise.all([
            directory.search('contact', query),
            insertRows(
              writer,
              'contact',
              Array.from({ length: 10 }, (_, index) => make(index)),
              TENANT,
            ),
          ]);
          met.push(...page.map((row) => row['uuid']));
          cursor = page.at(-1)?.['cursor'] ?? null;
        } while (cursor !== null && met.length < 5000);
      } finally {
        await writer.end();
      }
      assert.equal(new Set(met).size, met.length, 'no row twice');
      const seen = new Set(met);
      assert.deepEqual(
        rows.filter(({ uuid }) => !seen.has(uuid)),
        [],
        'no row missed',
      );
    });
  }
});
