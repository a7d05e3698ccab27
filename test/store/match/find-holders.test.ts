import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { randomOf } from '../../../src/demo/random.ts';
import { FEW, MANY } from '../../../src/rows/match/candidate-rule.ts';
import { buildKeyBlocks } from '../../../src/rows/match/key-blocks.ts';
import { askedKeys, findHolders } from '../../../src/store/match/find-holders.ts';
import { extendLookUp, wantsLookUp } from '../../../src/store/match/look-up.ts';
import { packKeys } from '../../../src/store/match/packed-keys.ts';
import { createTestDatabase } from '../../support/database.ts';

const RECORDS = 600;
const INDEX = 1;
const random = randomOf(5, 1, 1);
/** Keys up to the largest there are; small numbers come often, large ones once. */
const someKeys = (): number[] => {
  const keys = Array.from({ length: random.below(12) }, () =>
    random.chance(0.4) ? random.below(1 + random.below(30)) : 2 ** 53 - 1 - random.below(500),
  );
  return [...new Set(keys)];
};
const idOf = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
const records = Array.from({ length: RECORDS }, someKeys);
const units = Array.from({ length: 60 }, () => ({ keys: someKeys() }));
const blocks = buildKeyBlocks(units.length, (at) => units[at]?.keys ?? []);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await pool.query(
    `insert into "import_match_indexes" ("tenant_id", "target_type", "shape", "model", "learned_records")
     values (gen_random_uuid(), 'people', '', '{}', 0)`,
  );
  await pool.query(
    `insert into "import_match_records" ("index_id", "record_id", "content_hash", "keys")
     select $1::integer, "id", 0, "keys" from unnest($2::uuid[], $3::bytea[]) as "r" ("id", "keys")`,
    [INDEX, records.map((_, at) => idOf(at)), records.map(packKeys)],
  );
});

after(async () => {
  await pool.end();
  await database.drop();
});

/** Records with which a unit shares a key that few have, or two that not too many have. */
function expected(unit: { readonly keys: readonly number[] }): string[] {
  const holders = (key: number): number => records.filter((keys) => keys.includes(key)).length;
  return records.flatMap((keys, at) => {
    const shared = unit.keys.filter((key) => keys.includes(key) && holders(key) <= MANY);
    return shared.length > 1 || shared.some((key) => holders(key) <= FEW) ? [idOf(at)] : [];
  });
}

test('records that share keys are the same whether all are read or each key is looked up', async () => {
  const client = await pool.connect();
  const asked = askedKeys(blocks, () => true);
  const found = async (count: number): Promise<string[][]> => {
    await client.query('begin');
    const holders = await findHolders(client, { id: INDEX, records: count }, blocks, asked);
    await client.query('commit');
    return units.map((unit, at) => holders.partners(at + 1, unit).toSorted());
  };
  const all = units.map(expected);
  assert.ok(all.some((ids) => ids.length > 0));
  assert.deepEqual(await found(RECORDS), all);
  assert.equal(await wantsLookUp(client, { id: INDEX, records: RECORDS }, asked), false);
  assert.equal(await wantsLookUp(client, { id: INDEX, records: 1_000_000 }, asked), true);
  for (let steps = 1, more = true; more; steps++) {
    await client.query('begin');
    more = await extendLookUp(client, INDEX, 250);
    await client.query('commit');
    assert.equal(more, steps < 3);
    if (steps === 1) assert.deepEqual(await found(1_000_000), all);
  }
  assert.equal(await wantsLookUp(client, { id: INDEX, records: 1_000_000 }, asked), false);
  assert.deepEqual(await found(1_000_000), all);
  client.release();
});
