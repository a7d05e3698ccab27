import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import type { TargetSpec } from '../../../src/domain/target.ts';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage();
});

after(() => stage.close());

const FIELDS = [
  plainField('name', 'string', { required: true }),
  plainField('email', 'email'),
  plainField('born', 'date'),
];

const sql = <T>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  stage.engine.orm.em.fork().execute(text, [...values]);

async function tableOf(importerId: string): Promise<{ table: string; column: (field: string) => string }> {
  const [found]: { spec: TargetSpec }[] = await sql(`select "spec" from "import_importers" where "id" = ?`, [
    importerId,
  ]);
  return {
    table: `"target"."${found?.spec.table}"`,
    column: (field) => `"${found?.spec.fields.find(({ name }) => name === field)?.column}"`,
  };
}

const NEVER = new AbortController().signal;

const FILE =
  'name,email,born\nAda,a@x.org,31/01/2020\n,b@x.org,13/01/2020\n,c@x.org,14/01/2020\nDee,d@x.org,15/01/2020\n,e@x.org,16/01/2020\n';

test('mended rows, and what a retry takes of several files, are held against the rows they came from', async () => {
  const id = await stage.importer({ fields: FIELDS });
  const { table, column } = await tableOf(id);
  await sql(`alter table ${table} add constraint "strict" check (${column('name')} not in ('Dee', 'Eve'))`);
  const first = await stage.run(id, FILE);
  assert.deepEqual([first.counters.created, first.counters.failed], [1, 4]);
  const [header, bob, cy, , eve] = (await stage.failedRows(first.job.id)).split('\r\n');
  const mended = [header, `Eve${eve}`, `Cy${cy}`, `=Bob${bob}`, 'New,n@x.org,17/01/2020,,', ''].join('\r\n');
  const second = await stage.run(id, mended, { mends: first.job.number });
  assert.deepEqual([second.counters.created, second.counters.failed], [3, 1], JSON.stringify(second.job.error));
  await sql(`alter table ${table} drop constraint "strict"`);
  const { job: retry } = await stage.engine.jobs.retry(stage.engine.actor, first.job.id);
  await stage.engine.reached(retry.id, 'completed', 'failed');

  const figures = async (jobId: string): Promise<unknown[]> => {
    const { types, balanced } = await stage.engine.jobs.certificate(stage.engine.actor, jobId, NEVER);
    const [type] = types;
    const unequal = type?.columns.flatMap((one) => (one.equal ? [] : [one.column]));
    return [
      balanced,
      type?.rows.source,
      type?.records.intact,
      type?.records.altered,
      type?.records.uncompared,
      unequal,
    ];
  };
  assert.deepEqual(await figures(second.job.id), [true, 4, 3, 0, 0, []]);
  assert.deepEqual(await figures(retry.id), [true, 2, 2, 0, 0, []]);

  await sql(`update ${table} set ${column('born')} = '1900-01-01' where ${column('name')} <> 'Ada'`);
  assert.deepEqual(await figures(first.job.id), [true, 5, 1, 0, 0, []]);
  assert.deepEqual(await figures(second.job.id), [false, 4, 0, 3, 0, ['born']]);
  assert.deepEqual(await figures(retry.id), [false, 2, 0, 2, 0, ['born']]);
});
