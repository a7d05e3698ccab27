import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readRecord } from '../../../src/domain/directory/batch-row.ts';
import { SERVICES } from '../../../src/domain/directory/columns.ts';
import type { Service } from '../../../src/domain/directory/columns.ts';
import type { GivenRow } from '../../support/directory.ts';
import { seeded } from '../../support/seeded.ts';
import { answer } from '../../vql/oracle.ts';
import { randomQuery, randomRows } from '../../vql/random-queries.ts';
import { ok } from './directory-stage.ts';
import { listed, startUniversal } from '../universal/universal-app.ts';
import type { Caller, UniversalApp } from '../universal/universal-app.ts';

const ROWS = 150;
const QUERIES = 100;
const SEED = Number(process.env['LADING_TEST_SEED'] ?? 60);
const PATHS: Readonly<Record<Service, string>> = { company: '/companies', contact: '/contacts' };

let stage: UniversalApp;
before(async () => {
  stage = await startUniversal();
});
after(() => stage.close());

/** Sends rows as a batch, and says what is to be found of them; when they were made is theirs to say in this test. */
async function send(caller: Caller, service: Service, rows: readonly GivenRow[]): Promise<GivenRow[]> {
  await ok(caller, 'POST', `${PATHS[service]}/batch-upsert`, rows);
  await stage.app.orm.em.fork().execute(
    `update "target"."${PATHS[service].slice(1)}" as "t" set "created_at" = "v"."created_at", "updated_at" = "v"."updated_at"
     from json_to_recordset(?::json) as "v" ("uuid" uuid, "created_at" timestamptz, "updated_at" timestamptz)
     where "t"."id" = "v"."uuid" and "t"."tenant_id" = ?`,
    [JSON.stringify(rows), caller.user.tenantId],
    'run',
  );
  return rows.map((row) => ({ ...row, ...readRecord(service, row).record }));
}

describe('random queries over HTTP', () => {
  for (const service of SERVICES) {
    test(`of a ${service} find what an oracle that looks at every row finds, in its order (seed ${SEED})`, async () => {
      const [ours, theirs] = [await stage.join(), await stage.join()];
      const rows = await send(ours, service, randomRows(service, ROWS, SEED));
      await send(theirs, service, randomRows(service, ROWS, SEED).slice(0, 40));
      const random = seeded(SEED + 1);
      for (let number = 0; number < QUERIES; number++) {
        const query = randomQuery(service, random);
        const expected = answer(service, rows, query);
        const told = JSON.stringify(query);
        const { count } = await ok(ours, 'POST', `${PATHS[service]}/count`, query);
        assert.equal(count, expected.length, told);

        const limit = random.pick([7, 100]);
        const found: unknown[] = [];
        let cursor: unknown;
        for (let page = 1; page <= 3; page++) {
          const next = page === 1 ? {} : page === 2 ? { cursor } : { page };
          const { data } = await ok(ours, 'POST', `${PATHS[service]}/`, {
            ...query,
            ...next,
            limit,
            select_columns: ['uuid'],
          });
          found.push(...listed(data).map((row) => row['uuid']));
          cursor = listed(data).at(-1)?.['cursor'];
          if (listed(data).length < limit) break;
        }
        assert.deepEqual(found, expected.slice(0, 3 * limit), told);
      }
    });
  }
});

test('a walk by cursor meets every contact once while batches arrive', async () => {
  const caller = await stage.join();
  const make = (from: number, count: number): object[] =>
    Array.from({ length: count }, (_, n) => ({
      first_name: `N${(from + n) * 7_919}`,
      last_name: ['Doe', 'Abel', 'Zoë'][n % 3],
      ...(n % 2 === 0 ? { seniority: 'senior' } : {}),
    }));
  const { contact_uuids: uuids } = await ok(caller, 'POST', '/contacts/batch-upsert', make(0, 200));
  for (const order of [[], [{ order_by: 'seniority', order_direction: 'desc' }, { order_by: 'title' }]]) {
    const met: unknown[] = [];
    let cursor: unknown = null;
    for (let page = 0; cursor !== undefined && page < 100; page++) {
      const [{ data }] = await Promise.all([
        ok(caller, 'POST', '/contacts/', { order_by: order, cursor, limit: 23, select_columns: ['uuid'] }),
        ok(caller, 'POST', '/contacts/batch-upsert', make(1_000 * (page + 1) + order.length, 10)),
      ]);
      met.push(...listed(data).map((row) => row['uuid']));
      cursor = listed(data).at(-1)?.['cursor'];
    }
    assert.equal(new Set(met).size, met.length, 'no row twice');
    const seen = new Set(met);
    assert.deepEqual(
      listed(uuids).filter((uuid) => !seen.has(uuid)),
      [],
      'no row missed',
    );
  }
});
