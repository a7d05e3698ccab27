import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { hashOf, image, ledgerRow } from '../../support/customers.ts';
import { filled, recordsOf, startImport } from '../../support/records.ts';
import type { RowValues, TestImport } from '../../support/records.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore(8);

const records = (of: TestImport): ReturnType<typeof recordsOf> => recordsOf(pool, of.spec, of.tenantId);

const ada = { external_id: '1', name: 'Ada', email: 'ada@example.com', birth_date: '1815-12-10' };
const bob = { external_id: '2', name: 'Bob' };
const cyd = { external_id: '3', name: 'Cyd', notes: 'tab\tline\nback\\slash \\N' };

test('new rows become records, each with its entry in the ledger', async () => {
  const job = await startImport(orm);
  const committed = await job.commit([ada, bob, cyd], { key: '3', expectNew: true });
  assert.deepEqual(committed, {
    counters: { created: 3, updated: 0, skipped: 0, failed: 0, duplicates: 0 },
    surprised: false,
  });
  const made = await records(job);
  assert.deepEqual(
    made.map((record) => filled(record.values)),
    [ada, bob, cyd],
  );
  assert.deepEqual(
    made.map((record) => record.hash),
    [ada, bob, cyd].map(hashOf),
  );
  assert.deepEqual(
    await job.ledger(),
    [ada, bob, cyd].map((values, index) =>
      ledgerRow(index + 1, values, { action: 'created', target: made[index]?.id }),
    ),
  );
  assert.deepEqual(await job.issues(), []);
  assert.deepEqual(await job.counters(), committed.counters);
  const [partition] = await job.partitions();
  assert.deepEqual(
    { done: partition?.rowsDone, position: partition?.position, finished: partition?.finished },
    { done: 3, position: { key: ['3'], ordinal: 1 }, finished: false },
  );
});

test('rows that have not changed are skipped and their records not even rewritten', async () => {
  const first = await startImport(orm);
  await first.commit([ada, bob]);
  const made = await records(first);
  for (const expectNew of [false, true]) {
    const again = await startImport(orm, first);
    const { counters, surprised } = await again.commit([bob, ada], { expectNew });
    assert.deepEqual(
      { ...counters, surprised },
      { created: 0, updated: 0, skipped: 2, failed: 0, duplicates: 0, surprised: expectNew },
    );
    assert.deepEqual(await records(first), made);
    assert.deepEqual(await again.ledger(), [
      ledgerRow(1, bob, { action: 'skipped', target: made[1]?.id }),
      ledgerRow(2, ada, { action: 'skipped', target: made[0]?.id }),
    ]);
  }
});

test('a changed row changes its record and keeps what it overwrites', async () => {
  const first = await startImport(orm);
  await first.commit([ada, bob]);
  const [adaBefore, bobBefore] = await records(first);
  const again = await startImport(orm, first);
  const changed = { external_id: '1', name: 'Ada King', phone: '1815' };
  const { counters } = await again.commit([changed, bob]);
  assert.deepEqual(counters, { created: 0, updated: 1, skipped: 1, failed: 0, duplicates: 0 });
  const [adaAfter, bobAfter] = await records(first);
  assert.deepEqual(filled(adaAfter?.values ?? {}), changed);
  assert.equal(adaAfter?.hash, hashOf(changed));
  assert.deepEqual(bobAfter, bobBefore);
  assert.deepEqual(await again.ledger(), [
    ledgerRow(1, changed, { action: 'updated', target: adaBefore?.id, before: image(ada) }),
    ledgerRow(2, bob, { action: 'skipped', target: bobBefore?.id }),
  ]);
});

test('fields that a job does not write stay as they are and are in no image', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const again = await startImport(orm, { ...first, writtenFields: ['external_id', 'name'] });
  const { email: _email, birth_date: _day, ...partial } = { ...ada, name: 'Countess' };
  await again.commit([partial]);
  const [record] = await records(first);
  assert.deepEqual(filled(record?.values ?? {}), { ...ada, name: 'Countess' });
  const [entry] = await again.ledger();
  assert.deepEqual(entry?.before, { external_id: '1', name: 'Ada', source_hash: hashOf(ada) });
});

test('a row that repeats an identifier in a chunk changes what the earlier row made', async () => {
  const job = await startImport(orm);
  const later = { external_id: '1', name: 'Ada King' };
  const { counters } = await job.commit([ada, bob, later, later]);
  assert.deepEqual(counters, { created: 2, updated: 1, skipped: 1, failed: 0, duplicates: 0 });
  const [record, other] = await records(job);
  assert.deepEqual([filled(record?.values ?? {}), record?.hash], [later, hashOf(later)]);
  assert.deepEqual(await job.ledger(), [
    ledgerRow(1, ada, { action: 'created', target: record?.id }),
    ledgerRow(2, bob, { action: 'created', target: other?.id }),
    ledgerRow(3, later, { action: 'updated', target: record?.id, before: image(ada) }),
    ledgerRow(4, later, { action: 'skipped', target: record?.id }),
  ]);
});

test('a rejected row is failed with its issues and keeps nothing else out', async () => {
  const job = await startImport(orm);
  const fatal = {
    field: 'birth_date',
    code: 'invalid_format',
    message: 'The birth_date field is odd.',
    value: 'yesterday\tor so',
    fatal: true,
  } as const;
  const told = { field: null, code: 'out_of_range', message: 'Told.', value: null, fatal: false } as const;
  const { counters } = await job.commit([job.draft(ada, [told, fatal]), job.draft(bob, [told]), job.draft(cyd)]);
  assert.deepEqual(counters, { created: 2, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  const made = await records(job);
  assert.deepEqual(await job.ledger(), [
    ledgerRow(1, ada, { action: 'failed' }),
    ledgerRow(2, bob, { action: 'created', target: made[0]?.id }),
    ledgerRow(3, cyd, { action: 'created', target: made[1]?.id }),
  ]);
  assert.deepEqual(await job.issues(), [
    { row: 1, ...told },
    { row: 1, ...fatal },
    { row: 2, ...told },
  ]);
});

test('a chunk does not wait for a lock for ever', async () => {
  const job = await startImport(orm);
  await pool.query(`
    create function note_timeout() returns trigger language plpgsql as $$
      begin new."notes" = current_setting('lock_timeout'); return new; end $$;
    create trigger "note" before insert on "target"."customer_users" for each row when (new."name" = 'timeout?') execute function note_timeout()`);
  await job.commit([{ external_id: '1', name: 'timeout?' }]);
  const [record] = await records(job);
  assert.equal(record?.values['notes'], '15s');
  const { rows } = await pool.query<{ lock_timeout: string }>('show lock_timeout');
  assert.deepEqual(rows, [{ lock_timeout: '0' }]);
});

test('rows are numbered on from what is done, and those beyond the planned ones after all planned', async () => {
  const job = await startImport(orm, { planned: [2, 3] });
  const [first, second] = [await job.claim(0), await job.claim(1)];
  const row = (n: number): RowValues => ({ external_id: `r${n}` });
  await job.commit([row(1)], { claim: first });
  await job.commit([row(2), row(6), row(7)], { claim: first, rowsDone: 1 });
  await job.commit([row(3), row(4), row(5), row(8)], { claim: second });
  await job.commit([row(9)], { claim: first, rowsDone: 4 });
  await job.commit([row(10)], { claim: second, rowsDone: 4 });
  const ledger = await job.ledger();
  assert.deepEqual(
    ledger.map((entry) => [entry.row, entry.identifier]),
    Array.from({ length: 10 }, (_, n) => [n + 1, `r${n + 1}`]),
  );
  assert.deepEqual(
    (await job.partitions()).map((partition) => [partition.rowsDone, partition.extraRows]),
    [
      [5, 5],
      [5, 0],
    ],
  );
});

test('a dry run leaves issues and counters and nothing else', async () => {
  const first = await startImport(orm);
  await first.commit([ada]);
  const made = await records(first);
  const dry = await startImport(orm, { ...first, kind: 'validate' });
  const issue = { field: 'name', code: 'invalid_format', message: 'Odd.', value: 'x', fatal: true } as const;
  const { counters } = await dry.commit(
    [dry.draft({ ...ada, name: 'changed' }), dry.draft(bob), dry.draft(cyd, [issue])],
    { last: true, key: '3' },
  );
  assert.deepEqual(counters, { created: 1, updated: 1, skipped: 0, failed: 1, duplicates: 0 });
  assert.deepEqual(await records(first), made);
  assert.deepEqual(await dry.ledger(), []);
  assert.deepEqual(await dry.issues(), [{ row: 3, ...issue }]);
  assert.deepEqual(await dry.counters(), counters);
  const [partition] = await dry.partitions();
  assert.deepEqual([partition?.finished, partition?.rowsDone], [true, 3]);
});

test('an empty chunk moves the checkpoint', async () => {
  const job = await startImport(orm);
  const { counters } = await job.commit([], { last: true });
  assert.deepEqual(counters, { created: 0, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
  assert.deepEqual(
    (await job.partitions()).map((partition) => [partition.finished, partition.position ?? null]),
    [[true, null]],
  );
});

test('ids of records are in the order in which they were made', async () => {
  const job = await startImport(orm);
  const rows = Array.from({ length: 500 }, (_, n) => ({ external_id: String(n), name: randomUUID() }));
  await job.commit(rows);
  assert.deepEqual(
    (await records(job)).map((record) => record.values['external_id']),
    rows.map((row) => row.external_id),
  );
});
