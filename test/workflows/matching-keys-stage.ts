import assert from 'node:assert/strict';
import { people } from '../../bench/people.ts';
import { randomOf } from '../../src/demo/random.ts';
import { createRollback } from '../../src/engine/rollbacks/create-rollback.ts';
import { createTargets } from '../../src/engine/targets/index.ts';
import { createKeyer } from '../../src/rows/match/keyer.ts';
import type { MatchPlan } from '../../src/rows/match/model.ts';
import { ALL_RECORDS } from '../../src/store/match/record-keys.ts';
import type { TestEngine } from '../support/jobs.ts';
import { coded, fillPeople, makeImporter } from '../support/people-source.ts';
import type { Importer } from '../support/people-source.ts';
import { fuzzy } from './matching-stage.ts';

const SET = people(400, 240, 'hard', 11);
const PARTS = 3;

/** Puts people into the source: who is there, three parts of those who come in, and one of them alone. */
export async function fillParts(engine: TestEngine): Promise<void> {
  await fillPeople(engine, 'there', coded('there', SET.rows));
  for (let part = 0; part < PARTS; part++) {
    const rows = SET.incoming.filter((_, at) => at % PARTS === part);
    await fillPeople(engine, `part_${part}`, coded(`part${part}`, rows));
  }
  await fillPeople(engine, 'one', coded('one', SET.incoming.slice(0, 1)));
}

type Keys = Record<string, readonly number[]>;

/** The keys that a tenant's records have in the index, in both tables, and those they should have. */
async function keysOf(
  engine: TestEngine,
  { actor }: Importer,
): Promise<{
  readonly listed: Keys;
  readonly found: Keys;
  readonly right: Keys;
  readonly lookedUp: boolean;
}> {
  const em = engine.orm.em.fork();
  const [index]: { id: number; model: MatchPlan; looked_up_to: string | null }[] = await em.execute(
    `select "id", "model", "looked_up_to" from "import_match_indexes" where "tenant_id" = ? order by "id" desc limit 1`,
    [actor.tenantId],
  );
  assert.ok(index);
  const listed: { id: string; keys: string[] }[] = await em.execute(
    `select "record_id" as "id", array(
         select substr("keys", "at", 8)::bigint from generate_series(1, length("keys"), 8) as "at") as "keys"
     from "import_match_records" where "index_id" = ?`,
    [index.id],
  );
  const found: { id: string; keys: string[] }[] = await em.execute(
    `select "record_id" as "id", array_agg("key") as "keys" from "import_match_keys" where "index_id" = ? group by 1`,
    [index.id],
  );
  const keyer = createKeyer(index.model);
  const records: Record<string, string | null>[] = await em.execute(
    `select "id", ${index.model.fields.map(({ name }) => `"${name}"::text as "${name}"`).join(', ')}
     from "target"."customer_users" where "tenant_id" = ?`,
    [actor.tenantId],
  );
  const right = records.map((record) => {
    const row = index.model.fields.map(({ name }) => record[name] ?? null);
    return { id: String(record['id']), keys: keyer.keys(keyer.prepare(row)) };
  });
  const keyed = (all: readonly { id: string; keys: readonly (string | number)[] }[]): Keys =>
    Object.fromEntries(
      all
        .filter(({ keys }) => keys.length > 0)
        .map(({ id, keys }) => [id, keys.map(Number).toSorted((a, b) => a - b)] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  return {
    listed: keyed(listed),
    found: keyed(found),
    right: keyed(right),
    lookedUp: index.looked_up_to === ALL_RECORDS,
  };
}

/** Holds the keys against the records, and says whether the keys can be looked up one by one. */
export async function areRight(engine: TestEngine, importer: Importer): Promise<boolean> {
  const { listed, found, right, lookedUp } = await keysOf(engine, importer);
  assert.deepEqual(listed, right);
  assert.deepEqual(found, lookedUp ? right : {});
  return lookedUp;
}

/** Has records changed in any way between match passes, after each of which all keys have to be right. */
export async function keysStayRight(engine: TestEngine, seed: number): Promise<void> {
  const importer = await makeImporter(engine);
  const random = randomOf(seed, 4, 2);
  await importer.run('there');
  let last = await importer.run('part_0', fuzzy());
  // One row that comes in has few keys for so many records: they are looked up from now on.
  await importer.run('one', fuzzy());
  assert.equal(await areRight(engine, importer), true);
  const em = engine.orm.em.fork();
  const some = `select "id" from "target"."customer_users" where "tenant_id" = ? order by md5("id"::text || ?) limit ?`;
  const targets = createTargets(engine.deps);
  for (let part = 1; part < PARTS; part++) {
    for (let step = 0; step < 3; step++) {
      const few = [importer.actor.tenantId, String(random.fraction()), 1 + random.below(9)];
      switch (random.below(5)) {
        case 0:
          await em.execute(`delete from "target"."customer_users" where "id" in (${some})`, few);
          break;
        case 1:
          await em.execute(
            `update "target"."customer_users" set "phone" = '0399' || left(md5("id"::text), 6), "last_name" = null
             where "id" in (${some})`,
            few,
          );
          break;
        case 2:
          await em.execute(
            `insert into "target"."customer_users" ("id", "tenant_id", "first_name", "last_name", "email")
             select gen_random_uuid(), "tenant_id", "last_name", "first_name", 'copy.' || "email"
             from "target"."customer_users" where "id" in (${some})`,
            few,
          );
          break;
        case 3: {
          const [one]: { id: string }[] = await em.execute(some, few);
          if (one) await targets.edit(importer.actor, 'customer_users', one.id, new Map([['city', `City ${step}`]]));
          break;
        }
        default: {
          const { job } = await createRollback(engine.deps, importer.actor, last, {
            options: {},
            confirmation: { understoodConsequences: true, backupCreated: true },
          }).catch(() => ({ job: null }));
          if (job) await engine.reached(job.id, 'completed', 'failed');
        }
      }
    }
    last = await importer.run(`part_${part}`, fuzzy());
    await areRight(engine, importer);
  }
}
