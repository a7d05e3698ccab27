import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import type { ImporterField, ImporterInput } from '../../../src/domain/importer.ts';
import type { CreateImportInput } from '../../../src/engine/imports/import-input.ts';
import { fieldRule } from '../../support/importer-fields.ts';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage();
});

after(() => stage.close());

const FIELDS = [
  plainField('email', 'email', { unique: true }),
  plainField('born', 'date', { validations: [fieldRule('unique', null, 'One to a day.')] }),
  plainField('name', 'string', { required: true }),
];

const ROWS = [
  'email,born,name',
  'ada@example.com,31/01/2020,Ada',
  'bob@example.com,2020-02-01,Bob',
  'ada@example.com,13/03/2020,Again',
  ',14/03/2020,Empty is no value',
  ',15/03/2020,So is this',
  'bob@example.com,31/01/2020,Both',
  'cy@example.com,2020-01-31,Written otherwise',
  'x,16/03/2020,No address is no value',
  'x,17/03/2020,So is this',
  'ada@example.com,18/03/2020,The third',
  '',
].join('\n');

/** Row, field and code of all issues, as `3 email duplicate`. */
async function issues(jobId: string): Promise<string[]> {
  const { rows } = await stage.engine.jobs.issues(stage.engine.actor, jobId, { page: 1, perPage: 1_000 });
  return rows.map(({ rowNumber, field, code }) => `${rowNumber} ${field} ${code}`);
}

const EXPECTED = [
  '3 email duplicate',
  '6 email duplicate',
  '6 born duplicate',
  '7 born duplicate',
  '8 email invalid_format',
  '9 email invalid_format',
  '10 email duplicate',
];

const importer = (fields: readonly ImporterField[] = FIELDS, changes: Partial<ImporterInput> = {}): Promise<string> =>
  stage.importer({ fields, ...changes });

test('of rows with the same unique value the first is taken and all later ones say so, as the value is kept', async () => {
  const id = await importer();
  for (const asked of [
    {},

    { batchSize: 4 },
    { kind: 'validate' },
  ] satisfies Partial<CreateImportInput>[]) {
    const { job, counters } = await stage.run(id, ROWS, asked);
    assert.equal(job.status, 'completed', JSON.stringify(job.error));
    assert.deepEqual(await issues(job.id), EXPECTED, JSON.stringify(asked));
    assert.deepEqual([counters.created, counters.failed], [4, 6], JSON.stringify(asked));
  }
});

test('what is said of a repeated value is what the file has, in words of the rule where it has some', async () => {
  const { job } = await stage.run(await importer(), ROWS);
  const { rows } = await stage.engine.jobs.issues(stage.engine.actor, job.id, {
    page: 1,
    perPage: 10,
    code: 'duplicate',
  });
  const told = rows.map(({ message, value }) => [message, value]);
  assert.deepEqual(told.slice(0, 3), [
    ['The email is there more than once in the file.', 'ada@example.com'],
    ['The email is there more than once in the file.', 'bob@example.com'],
    ['One to a day.', '31/01/2020'],
  ]);
});

test('rows that repeat a value and are tried again repeat it still', async () => {
  const { job } = await stage.run(await importer(), ROWS);
  const retried = await stage.engine.jobs.retry(stage.engine.actor, job.id);
  await stage.engine.reached(retried.job.id, 'completed', 'failed');
  assert.deepEqual(await issues(retried.job.id), EXPECTED);
});

test('a default that fills an empty cell is a value like any other', async () => {
  const id = await importer([plainField('email', 'string', { unique: true, default: 'none' }), plainField('name')]);
  const { job } = await stage.run(id, 'email,name\na,1\n,2\n,3\nnone,4\n');
  assert.deepEqual(await issues(job.id), ['3 email duplicate', '4 email duplicate']);
});

test('what a right value looks like is kept with an issue and shown', async () => {
  const id = await importer([plainField('born', 'date', { validations: [fieldRule('date_format', 'YYYY-MM-DD')] })]);
  const { job } = await stage.run(id, 'born\n2020-01-01\n01.02.2020\n');
  const { rows } = await stage.engine.jobs.issues(stage.engine.actor, job.id, { page: 1, perPage: 10 });
  assert.deepEqual(
    rows.map(({ rowNumber, code, expected }) => [rowNumber, code, expected]),
    [[2, 'invalid_format', 'YYYY-MM-DD']],
  );
});

test('thousands of repetitions of one value are told one by one', async () => {
  const id = await importer([plainField('code', 'string', { unique: true })], {
    slug: `many-${randomUUID().slice(0, 8)}`,
  });
  const { counters } = await stage.run(id, `code\n${'same\n'.repeat(12_000)}`, { kind: 'validate' });
  assert.deepEqual([counters.created, counters.failed], [1, 11_999]);
});
