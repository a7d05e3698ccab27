import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SERVICES } from '../../src/domain/directory/columns.ts';
import { OTHER_TENANT, openDirectory } from '../support/directory.ts';
import type { TestDirectory } from '../support/directory.ts';
import { seeded } from '../support/seeded.ts';
import { answer } from './oracle.ts';
import { randomQuery, randomRows } from './random-queries.ts';

const ROWS = 150;
const QUERIES = 100;
const SEED = Number(process.env['LADING_TEST_SEED'] ?? 6);

describe('random queries', () => {
  let directory: TestDirectory;
  before(async () => {
    directory = await openDirectory();
  });
  after(() => directory.close());

  for (const service of SERVICES) {
    test(`of a ${service} find what an oracle that looks at every row finds, in its order (seed ${SEED})`, async () => {
      const rows = randomRows(service, ROWS, SEED);
      await directory.insert(service, rows);
      await directory.insert(service, randomRows(service, 20, SEED), OTHER_TENANT);
      const random = seeded(SEED + 1);
      for (let number = 0; number < QUERIES; number++) {
        const query = randomQuery(service, random);
        const expected = answer(service, rows, query);
        const told = JSON.stringify(query);
        assert.equal(await directory.count(service, query), expected.length, told);

        const found: unknown[] = [];
        const limit = random.pick([1, 7, 100]);
        let cursor: unknown;
        for (let page = 1; found.length < 3 * limit; page++) {
          const next = page % 2 === 0 ? { cursor } : page === 1 ? {} : { page };
          const answered = await directory.search(service, { ...query, ...next, limit, select_columns: ['uuid'] });
          found.push(...answered.map((row) => row['uuid']));
          cursor = answered.at(-1)?.['cursor'];
          if (answered.length < limit) break;
        }
        assert.deepEqual(found, expected.slice(0, found.length), told);
        assert.ok(found.length >= Math.min(3 * limit, expected.length), told);
      }
    });
  }
});
