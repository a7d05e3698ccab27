import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModeConfig } from '../../../src/domain/job.ts';
import type { RowIssue } from '../../../src/domain/record.ts';
import { recordsOf, startImport } from '../../support/records.ts';
import type { RowValues } from '../../support/records.ts';
import { seeded } from '../../support/seeded.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore(4);

type GivenRow = readonly [values: RowValues, issues: readonly RowIssue[]];

const wrong: RowIssue = { field: 'email', code: 'invalid_format', message: 'No.', value: 'x', fatal: true };
const odd: RowIssue = { field: 'phone', code: 'invalid_format', message: 'Hm.', value: 'y', fatal: false };
const brought: RowIssue = { field: null, code: 'already_imported', message: 'It was.', value: null, fatal: false };

/** Rows of which some repeat others, are unknown by anything, fail, or are refused by the database. */
function someRows(seed: number): GivenRow[] {
  const random = seeded(seed);
  return Array.from({ length: 1 + random.below(12) }, (_, n): GivenRow => {
    const id = random.chance(0.1) ? null : String(random.chance(0.15) ? random.below(4) : seed * 100 + n);
    const day = random.chance(0.05) ? '2025-02-30' : '2025-02-28';
    const issues = [
      ...(random.chance(0.2) ? [wrong] : []),
      ...(random.chance(0.2) ? [odd] : []),
      ...(random.chance(0.05) ? [brought] : []),
    ];
    return [{ external_id: id, name: `Ä ${n}\0`.slice(0, -1), birth_date: day }, issues];
  });
}

/** What a job has left, without the ids that it made. */
async function leftOf(chunks: readonly (readonly GivenRow[])[], expectNew: boolean, mode: Partial<ModeConfig>) {
  const job = await startImport(orm, { mode });
  const counted: unknown[] = [];
  for (const [n, rows] of chunks.entries()) {
    const drafts = rows.map(([values, issues]) => job.draft(values, issues));
    const { counters } = await job.commit(drafts, { key: String(n), expectNew });
    counted.push(counters);
  }
  const records = await recordsOf(pool, job.spec, job.tenantId);
  const nameOf = (id: string | null): number | null => (id === null ? null : records.findIndex((one) => one.id === id));
  return {
    counted,
    records: records.map(({ values, hash }) => ({ values, hash })),
    ledger: (await job.ledger()).map((row) => ({ ...row, target: nameOf(row.target) })),
    issues: await job.issues(),
    counters: await job.counters(),
  };
}

test('rows that are expected to be new end as they would if each were looked for', async () => {
  let made = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const chunks = [someRows(seed), someRows(seed + 1_000), someRows(seed)];
    const mode: Partial<ModeConfig> =
      seed % 5 === 0 ? { importMode: 'update' } : seed % 5 === 1 ? { importMode: 'create' } : {};
    const decided = await leftOf(chunks, false, mode);
    assert.deepEqual(await leftOf(chunks, true, mode), decided, `seed ${seed}`);
    made += decided.records.length;
  }
  assert.ok(made > 200, String(made));
});

test('a large chunk ends as its rows would one after the other, also where they repeat each other', async () => {
  const rows = Array.from({ length: 6_000 }, (_, n) => ({
    external_id: String(n % 4_000),
    name: n < 4_000 || n % 2 === 0 ? `Name ${n % 4_000}` : 'Changed',
  }));
  for (const expectNew of [true, false]) {
    const job = await startImport(orm, { planned: [6_000] });
    const { counters } = await job.commit(rows, { key: 'end', expectNew });
    assert.deepEqual(counters, { created: 4_000, updated: 1_000, skipped: 1_000, failed: 0, duplicates: 0 });
    const records = await recordsOf(pool, job.spec, job.tenantId);
    const names = new Map(records.map(({ values }) => [values['external_id'], values['name']]));
    assert.deepEqual(names, new Map(rows.map((row) => [row.external_id, row.name])));
    const ledger = await job.ledger();
    assert.deepEqual(
      ledger.map(({ row, identifier }) => [row, identifier]),
      rows.map((row, at) => [at + 1, row.external_id]),
    );
    const before = ledger.find(({ action }) => action === 'updated')?.before;
    assert.equal(before?.['name'], 'Name 1');
  }
});

test('rows that say what their records hold are passed over, and no others, whatever is among them', async () => {
  const job = await startImport(orm, { planned: [3_000] });
  const rows = (name: (n: number) => string): RowValues[] =>
    Array.from({ length: 1_000 }, (_, n) => ({ external_id: String(n), name: name(n) }));
  await job.commit(
    rows((n) => `Name ${n}`),
    { key: '1', expectNew: true },
  );
  await pool.query(
    `update "target"."customer_users" set "source_hash" = '\\x00' where "external_id" = '7' and "tenant_id" = $1`,
    [job.tenantId],
  );
  const again = rows((n) => (n % 10 === 0 ? `Other ${n}` : `Name ${n}`));
  // It says something else first, and then again what the record holds.
  again.splice(500, 0, { external_id: '501', name: 'Other' }, { external_id: 'new', name: 'New' });
  const { counters } = await job.commit(again, { key: '2', expectNew: false });
  assert.deepEqual(counters, { created: 1, updated: 103, skipped: 898, failed: 0, duplicates: 0 });
  const records = await recordsOf(pool, job.spec, job.tenantId);
  const held = new Map(records.map(({ id, values }) => [id, values]));
  assert.deepEqual(
    new Map([...held.values()].map((values) => [values['external_id'], values['name']])),
    new Map(again.map((row) => [row['external_id'], row['name']])),
  );
  const ledger = (await job.ledger()).slice(1_000);
  assert.deepEqual(
    ledger.map(({ row, target }) => [row, held.get(target ?? '')?.['external_id']]),
    again.map((row, at) => [1_001 + at, row['external_id']]),
  );
  const skipped = ledger.filter(({ action }) => action === 'skipped');
  assert.deepEqual(
    new Set(skipped.map(({ hash }) => hash)),
    new Set(records.filter(({ id }) => skipped.some((row) => row.target === id)).map(({ hash }) => hash)),
  );
});
