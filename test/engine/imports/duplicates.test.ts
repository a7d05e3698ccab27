import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import type { ImporterInput } from '../../../src/domain/importer.ts';
import type { TargetSpec } from '../../../src/domain/target.ts';
import type { CreateImportInput } from '../../../src/engine/imports/import-input.ts';
import { createRollbacks } from '../../../src/engine/rollbacks/index.ts';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage();
});

after(() => stage.close());

const FIELDS = [plainField('email', 'email', { required: true }), plainField('name'), plainField('seen', 'datetime')];

const sql = <T>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  stage.engine.orm.em.fork().execute(text, [...values]);

async function importer(changes: Partial<ImporterInput>): Promise<{ id: string; names: () => Promise<string[]> }> {
  const id = await stage.importer({ fields: FIELDS, key: ['email'], ...changes });
  const [found]: { spec: TargetSpec }[] = await sql(`select "spec" from "import_importers" where "id" = ?`, [id]);
  const column = found?.spec.fields.find(({ name }) => name === 'name')?.column;
  return {
    id,
    names: async () => {
      const rows: { name: string }[] = await sql(
        `select "${column}" as "name" from "target"."${found?.spec.table}" order by 1`,
      );
      return rows.map(({ name }) => name);
    },
  };
}

async function outcomes(importerId: string, text: string, asked: Partial<CreateImportInput> = {}): Promise<number[]> {
  const { job, counters } = await stage.run(importerId, text, asked);
  assert.equal(job.status, 'completed', JSON.stringify(job.error));
  const { created, updated, skipped, failed } = counters;
  return [created, updated, skipped, failed];
}

test('update_if_newer changes records by rows that are newer, and leaves them to rows as old or older', async () => {
  const { id, names } = await importer({ duplicates: 'update_if_newer', newerBy: 'seen' });
  const first = 'email,name,seen\na@x.org,A1,2025-01-02\nb@x.org,B1,2025-01-02\nc@x.org,C1,\nd@x.org,D1,2025-01-02\n';
  assert.deepEqual(await outcomes(id, first), [4, 0, 0, 0]);
  const second =
    'email,name,seen\na@x.org,A2,2025-01-03\nb@x.org,B2,2025-01-01\nc@x.org,C2,2025-01-01\nd@x.org,D2,2025-01-02\ne@x.org,E2,\n';
  const dry = await outcomes(id, second, { kind: 'validate' });
  assert.deepEqual(dry, [1, 2, 2, 0]);
  assert.deepEqual(await names(), ['A1', 'B1', 'C1', 'D1']);
  assert.deepEqual(await outcomes(id, second), dry);
  assert.deepEqual(await names(), ['A2', 'B1', 'C2', 'D1', 'E2']);
  assert.deepEqual(await outcomes(id, second), [0, 0, 5, 0]);
  // Rows of one file meet what earlier ones left, in one chunk or in many.
  const third = 'email,name,seen\na@x.org,A5,2025-01-05\na@x.org,A4,2025-01-04\na@x.org,A6,2025-01-06\n';
  assert.deepEqual(await outcomes(id, third, { batchSize: 1 }), [0, 2, 1, 0]);
  assert.deepEqual(await outcomes(id, third.replaceAll('2025', '2026')), [0, 2, 1, 0]);
  assert.deepEqual(await names(), ['A6', 'B1', 'C2', 'D1', 'E2']);
});

test('update_if_newer compares with what the record holds by now, and undo gives back what it overwrote', async () => {
  const { id, names } = await importer({ duplicates: 'update_if_newer', newerBy: 'seen' });
  await outcomes(id, 'email,name,seen\na@x.org,A1,2025-01-01\n');
  const job = await stage.run(id, 'email,name,seen\na@x.org,A3,2025-01-03\n');
  assert.deepEqual(await names(), ['A3']);
  assert.deepEqual(await outcomes(id, 'email,name,seen\na@x.org,A2,2025-01-02\n'), [0, 0, 1, 0]);
  const rollbacks = createRollbacks(stage.engine.deps);
  const { job: undo } = await rollbacks.create(stage.engine.actor, job.job.id, {
    options: {},
    confirmation: { understoodConsequences: true, backupCreated: true },
  });
  await stage.engine.reached(undo.id, 'completed', 'failed');
  assert.deepEqual(await names(), ['A1']);
});

test('update_if_newer refuses a file that has no column to compare by', async () => {
  const { id } = await importer({ duplicates: 'update_if_newer', newerBy: 'seen' });
  const { job } = await stage.run(id, 'email,name\na@x.org,A1\n');
  assert.equal(job.status, 'failed');
  assert.match(job.error?.message ?? '', /no column for seen/u);
});

test('fail makes a failed row of each whose key is there, in the target or in an earlier row, the same one too', async () => {
  const { id, names } = await importer({ duplicates: 'fail' });
  const first = 'email,name,seen\na@x.org,A1,\nb@x.org,B1,\na@x.org,A2,\n';
  assert.deepEqual(await outcomes(id, first, { kind: 'validate' }), [2, 0, 0, 1]);
  assert.deepEqual(await outcomes(id, first, { kind: 'validate', batchSize: 1 }), [2, 0, 0, 1]);
  assert.deepEqual(await outcomes(id, first, { batchSize: 1 }), [2, 0, 0, 1]);
  assert.deepEqual(await outcomes(id, first), [0, 0, 0, 3]);
  assert.deepEqual(await outcomes(id, first, { kind: 'validate' }), [0, 0, 0, 3]);
  const { job } = await stage.run(id, 'email,name,seen\na@x.org,A9,\nc@x.org,C1,\n');
  const { rows } = await stage.engine.jobs.issues(stage.engine.actor, job.id, { page: 1, perPage: 10 });
  assert.deepEqual(
    rows.map(({ rowNumber, field, code, message, value }) => [rowNumber, field, code, message, value]),
    [[1, 'email', 'duplicate', "Duplicate entry found for key 'email'.", 'a@x.org']],
  );
  assert.deepEqual(await names(), ['A1', 'B1', 'C1']);
});

test('a dry run counts as the run does what rows of a file repeat, whatever is committed at once', async () => {
  const again = [
    'a@x.org,A1,2025-01-05',
    'a@x.org,A2,2025-01-06',
    'b@x.org,B1,',
    'a@x.org,A3,2025-01-04',
    'b@x.org,B1,',
  ];
  const text = ['email,name,seen', ...again, 'no address,C1,', ''].join('\n');
  const expected = { update: [2, 2, 1, 1], update_if_newer: [2, 1, 2, 1] };
  for (const duplicates of ['update', 'update_if_newer'] as const) {
    const { id } = await importer({ duplicates, ...(duplicates === 'update_if_newer' && { newerBy: 'seen' }) });
    const dry: number[][] = [];
    for (const batchSize of [1, 10_000]) dry.push(await outcomes(id, text, { kind: 'validate', batchSize }));
    const real = await outcomes(id, text, { batchSize: 2 });
    assert.deepEqual(
      [...dry, real],
      [0, 1, 2].map(() => expected[duplicates]),
      duplicates,
    );
  }
  assert.deepEqual(await sql(`select from "pg_tables" where "schemaname" = 'lading_plan'`), []);
  assert.deepEqual(await sql(`select from "import_aliases"`), []);
  assert.deepEqual(await sql(`select from "import_plan_records"`), []);
});

test('a row without what it would be known by is an issue, and is not made by each import again', async () => {
  const fields = [plainField('shop'), plainField('number', 'integer'), plainField('name')];
  const { id, names } = await importer({ fields, key: ['shop', 'number'] });
  const file = 'shop,number,name\nA,1,Ann\n,2,Bob\n  ,3,Cid\nB,,Dee\nB,x,Eve\n';
  const { job } = await stage.run(id, file);
  assert.deepEqual(
    await stage.failedRows(job.id),
    [
      'shop,number,name,_error_message,_row_number',
      ',2,Bob,The shop field is required.,2',
      '  ,3,Cid,The shop field is required.,3',
      'B,,Dee,The number field is required.,4',
      'B,x,Eve,The number must be a number.,5',
      '',
    ].join('\r\n'),
  );
  assert.deepEqual(await outcomes(id, file), [0, 0, 1, 4]);
  assert.deepEqual(await names(), ['Ann']);
});
