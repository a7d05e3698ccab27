import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { randomOf } from '../../../src/demo/random.ts';
import type { Random } from '../../../src/demo/random.ts';
import { startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { startUndo } from '../../support/undos.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore();

const ROWS = 240;
const FIELDS = ['name', 'city', 'phone', 'notes', 'birth_date'];

function someRow(random: Random): RowValues {
  const id = random.below(ROWS);
  const value = (name: string): string | null => {
    if (random.chance(0.2)) return null;
    return name === 'birth_date'
      ? `19${random.below(90) + 10}-02-0${random.below(9) + 1}`
      : `${name} ${random.below(9)}`;
  };
  // Some are the same person under another number: they are merged by their e-mail.
  const email = random.chance(0.7) ? `${id % 150}@example.com` : null;
  return {
    external_id: String(id),
    email,
    ...Object.fromEntries(FIELDS.map((name) => [name, value(name)])),
  };
}

/** Every record as all of its bytes. */
async function bytesOf({ tenantId }: TestImport): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; bytes: string }>(
    `select "id", "t"::text as "bytes" from "target"."customer_users" as "t" where "tenant_id" = $1`,
    [tenantId],
  );
  return new Map(rows.map(({ id, bytes }) => [id, bytes]));
}

/** The records an import wrote. */
async function writtenBy(job: TestImport): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct "target_id" as "id" from "import_records" where "job_number" = $1
       and "action" in ('created', 'updated') order by 1`,
    [job.jobNumber],
  );
  return rows.map(({ id }) => id);
}

/** Somebody else's doings: records are changed, rewritten as they were, deleted or referred to. */
async function othersAtWork(random: Random, job: TestImport): Promise<Map<string, 'edited' | 'gone' | 'referred'>> {
  const touched = new Map<string, 'edited' | 'gone' | 'referred'>();
  for (const id of await writtenBy(job)) {
    if (!random.chance(0.3)) continue;
    switch (random.below(4)) {
      case 0:
        await pool.query(`update "target"."customer_users" set "city" = 'edited ' || "id" where "id" = $1`, [id]);
        touched.set(id, 'edited');
        break;
      case 1:
        await pool.query(`update "target"."customer_users" set "city" = "city" where "id" = $1`, [id]);
        break;
      case 2:
        await pool.query(`delete from "target"."customer_users" where "id" = $1`, [id]);
        touched.set(id, 'gone');
        break;
      default:
        await pool.query(`insert into "target"."tickets" ("id", "tenant_id", "customer_user_id") values ($1, $2, $3)`, [
          randomUUID(),
          job.tenantId,
          id,
        ]);
        touched.set(id, 'referred');
    }
  }
  return touched;
}

for (const seed of [1, 2, 3]) {
  test(`after an import, edits by others and an undo every untouched row is as it was, byte by byte, and every other is kept and listed: seed ${seed}`, async () => {
    const random = randomOf(seed, 0, 0);
    const rows = (count: number): RowValues[] => Array.from({ length: count }, () => someRow(random));
    const first = await startImport(orm, { detect: ['email'] });
    for (let chunk = 0; chunk < 4; chunk++) await first.commit(rows(40));
    const was = await bytesOf(first);

    const job = await startImport(orm, { ...first, detect: ['email'] });
    for (let chunk = 0; chunk < 6; chunk++) await job.commit(rows(1 + random.below(80)));
    const touched = await othersAtWork(random, job);
    const edited = await bytesOf(job);

    const predicted = await (await startUndo(orm, job, { dryRun: true })).run(1 + random.below(60));
    assert.deepEqual(await bytesOf(job), edited);
    const undo = await startUndo(orm, job);
    assert.deepEqual(await undo.run(1 + random.below(60)), predicted);

    const made = new Set((await job.ledger()).flatMap(({ action, target }) => (action === 'created' ? [target] : [])));
    const kept = new Set<string>();
    const expected = new Map(was);
    for (const [id, how] of touched) {
      // A reference holds only what would go.
      if (how === 'referred' && !made.has(id)) continue;
      kept.add(id);
      const bytes = edited.get(id);
      if (bytes === undefined) expected.delete(id);
      else expected.set(id, bytes);
    }
    assert.deepEqual(await bytesOf(job), expected);

    const entries = await undo.entries();
    assert.equal(entries.length, (await job.ledger()).filter(({ action }) => /created|updated/.test(action)).length);
    const outcomes = new Map(entries.map(({ target, outcome }) => [target, outcome]));
    const said = { edited: 'kept_edited', gone: 'kept_edited', referred: 'kept_referenced' } as const;
    for (const [id, outcome] of outcomes) {
      const how = kept.has(id) ? touched.get(id) : undefined;
      assert.equal(outcome, how === undefined ? 'reversed' : said[how]);
    }

    const later = [...(await bytesOf(job)).keys()].filter(() => random.below(4) === 0);
    await pool.query(`update "target"."customer_users" set "city" = 'later' where "id" = any($1::uuid[])`, [later]);
    const undone = await bytesOf(job);
    const expectedOfRedo = await (await startUndo(orm, job, { dryRun: true }, undo)).run(1 + random.below(60));
    assert.deepEqual(await bytesOf(job), undone);
    const redo = await startUndo(orm, job, {}, undo);
    assert.deepEqual(await redo.run(1 + random.below(60)), expectedOfRedo);
    const redone = new Map((await redo.entries()).map(({ target, outcome }) => [target, outcome]));
    for (const [id, bytes] of await bytesOf(job)) {
      if (redone.get(id) === 'reversed') assert.equal(bytes, edited.get(id));
      else assert.equal(bytes, undone.get(id));
      if (redone.has(id)) assert.equal(redone.get(id), later.includes(id) ? 'kept_edited' : 'reversed');
    }
  });
}
