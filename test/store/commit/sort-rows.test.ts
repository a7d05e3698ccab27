import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowIssue } from '../../../src/domain/record.ts';
import { contacts } from '../../../src/targets/directory.ts';
import { filled, recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { seeded } from '../../support/seeded.ts';
import type { Seeded } from '../../support/seeded.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore(4);

const wrong: RowIssue = { field: 'email', code: 'invalid_format', message: 'No.', value: 'x', fatal: true };
const odd: RowIssue = { field: 'stage', code: 'invalid_format', message: 'Hm.', value: 'y', fatal: false };

interface GivenRow {
  readonly values: RowValues;
  readonly issues: readonly RowIssue[];
}

const uuid = (number: number): string => `c3d4e5f6-a7b8-9012-cdef-${String(number).padStart(12, '0')}`;

/** Rows of few records, so that they repeat, change and take back what others say; an empty text empties. */
function someRows(random: Seeded): GivenRow[] {
  const maybe = (...texts: string[]): string | null => (random.chance(0.3) ? null : random.pick(texts));
  return Array.from({ length: random.between(1, 12) }, (): GivenRow => {
    if (random.chance(0.1)) return { values: {}, issues: random.chance(0.5) ? [wrong] : [] };
    const values = {
      uuid: uuid(random.below(15)),
      first_name: maybe('Ada', 'Zo\u00eb'),
      title: maybe('Engineer', 'Director', ...(random.chance(0.1) ? [''] : [])),
      departments: maybe('{Data,"Human Resources"}', '{Sales}'),
    };
    return { values, issues: random.chance(0.05) ? [random.pick([wrong, odd])] : [] };
  });
}

/** What one row after the other makes of the directory, and the outcome of each. */
function oneByOne(records: Map<string, RowValues>, rows: readonly GivenRow[]) {
  return rows.map(({ values, issues }) => {
    const id = values['uuid'] ?? null;
    if (issues.some(({ fatal }) => fatal)) return { action: 'failed', target: null };
    if (id === null) return { action: 'skipped', target: null };
    const held = records.get(id);
    const given = Object.entries(values).filter(([, value]) => value !== null);
    const now = Object.fromEntries(
      Object.entries({ ...held, ...Object.fromEntries(given) }).filter(([, text]) => text),
    );
    const action = held === undefined ? 'created' : isSame(held, now) ? 'skipped' : 'updated';
    records.set(id, now);
    return { action, target: id };
  });
}

function isSame(a: RowValues, b: RowValues): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every((name) => a[name] === b[name]);
}

const commit = (job: TestImport, rows: readonly GivenRow[], expectNew: boolean) =>
  job.commit(
    rows.map(({ values, issues }) => job.draft(values, issues)),
    { expectNew },
  );

test('rows of the directory end as they would one after the other, whatever their records hold', async () => {
  const actions = new Map<string, number>();
  for (let seed = 1; seed <= 40; seed++) {
    const random = seeded(seed);
    const job = await startImport(orm, { spec: contacts, identifierField: 'uuid' });
    const records = new Map<string, RowValues>();
    const expected: object[] = [];
    for (let chunk = 0; chunk < 4; chunk++) {
      const rows = someRows(random);
      expected.push(...oneByOne(records, rows));
      await commit(job, rows, chunk === 0 || random.chance(0.2));
      if (!random.chance(0.3)) continue;
      // Somebody else's change shows in no hash that we have stored.
      await pool.query(
        `update "target"."contacts" set "title" = 'Else' where "tenant_id" = $1 and "title" is not null`,
        [job.tenantId],
      );
      for (const [id, held] of records) if (held['title']) records.set(id, { ...held, title: 'Else' });
    }
    const ledger = await job.ledger();
    assert.deepEqual(
      ledger.map(({ action, target }) => ({ action, target })),
      expected,
      `seed ${seed}`,
    );
    for (const { action } of ledger) actions.set(action, (actions.get(action) ?? 0) + 1);
    const held = await recordsOf(pool, job.spec, job.tenantId);
    assert.deepEqual(new Map(held.map(({ id, values }) => [id, filled(values)])), records, `seed ${seed}`);
  }
  assert.deepEqual([...actions.keys()].toSorted(), ['created', 'failed', 'skipped', 'updated']);
});

test('a row that says what its record holds neither rewrites nor holds it', async () => {
  const job = await startImport(orm, { spec: contacts, identifierField: 'uuid' });
  const row = { values: { uuid: uuid(1), first_name: 'Ada', title: 'Engineer' }, issues: [] };
  await commit(job, [row], true);
  const before = await recordsOf(pool, job.spec, job.tenantId);
  const other = await pool.connect();
  try {
    await other.query('begin');
    await other.query(`select from "target"."contacts" where "tenant_id" = $1 for update`, [job.tenantId]);
    assert.equal((await commit(job, [row], false)).counters.skipped, 1);
  } finally {
    await other.query('rollback');
    other.release();
  }
  assert.deepEqual(await recordsOf(pool, job.spec, job.tenantId), before);
});
