import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import type { ImporterInput } from '../../../src/domain/importer.ts';
import type { TargetSpec } from '../../../src/domain/target.ts';
import type { CreateImportInput } from '../../../src/engine/imports/import-input.ts';
import type { JobView } from '../../../src/engine/jobs/job-view.ts';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage();
});

after(() => stage.close());

const FIELDS = [
  plainField('name', 'string', { required: true }),
  plainField('email', 'email', { unique: true }),
  plainField('born', 'date'),
];
const HEADER = 'name,E-mail,Born,note\n';
const FILE = `${HEADER}Ada,ada@x.org,31/01/2020,=1+1\n,bob@x.org,02/01/2020,=2+2\nCy,cy,03/01/2020,'=3\nDi,di@x.org,13/01/2020,-4\nEd,ada@x.org,05/01/2020,\n`;

const sql = <T>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
  stage.engine.orm.em.fork().execute(text, [...values]);

async function ledger(job: JobView['job']): Promise<string[]> {
  const rows: { said: string }[] = await sql(
    `select "row_number" || ' ' || "action" || ' ' || "attempt" as "said" from "import_records"
     where "job_number" = ? order by "row_number"`,
    [job.number],
  );
  return rows.map(({ said }) => said);
}

async function names(importerId: string): Promise<string[]> {
  const [found]: { spec: TargetSpec }[] = await sql(`select "spec" from "import_importers" where "id" = ?`, [
    importerId,
  ]);
  const columns = ['name', 'email', 'born'].map(
    (name) => `coalesce("${found?.spec.fields.find((field) => field.name === name)?.column}"::text, '-')`,
  );
  const rows: { said: string }[] = await sql(
    `select concat_ws(' ', ${columns.join(', ')}) as "said" from "target"."${found?.spec.table}" order by 1`,
  );
  return rows.map(({ said }) => said);
}

async function run(importerId: string, text: string, asked: Partial<CreateImportInput> = {}): Promise<JobView> {
  const view = await stage.run(importerId, text, asked);
  assert.equal(view.job.status, 'completed', JSON.stringify(view.job.error));
  return view;
}

const importer = (changes: Partial<ImporterInput> = {}): Promise<string> =>
  stage.importer({ fields: FIELDS, ...changes });

test('failed rows, mended and sent again, keep their numbers, close those of the first run, and come in once', async () => {
  const id = await importer();
  const first = await run(id, FILE);
  assert.deepEqual(await ledger(first.job), ['1 created 1', '2 failed 1', '3 failed 1', '4 created 1', '5 failed 1']);
  const download = await stage.failedRows(first.job.id);
  assert.equal(
    download,
    [
      'name,E-mail,Born,note,_error_message,_row_number',
      ",bob@x.org,02/01/2020,'=2+2,The name field is required.,2",
      "Cy,cy,03/01/2020,''=3,The email must be a valid email address.,3",
      'Ed,ada@x.org,05/01/2020,,The email is there more than once in the file.,5',
      '',
    ].join('\r\n'),
  );

  // Only one is mended; a repeated value stays one, although the row that it repeats is in the first file.
  const half = download.replace('\r\n,bob', '\r\nBob,bob');
  const dry = await run(id, half, { kind: 'validate' });
  assert.deepEqual([dry.counters.created, dry.counters.failed], [1, 2]);
  const second = await run(id, half);
  assert.equal(second.job.parentJobId, first.job.id);
  assert.deepEqual(await ledger(second.job), ['2 created 2', '3 failed 2', '5 failed 2']);
  assert.deepEqual(await names(id), ['Ada ada@x.org 2020-01-31', 'Bob bob@x.org 2020-01-02', 'Di di@x.org 2020-01-13']);
  assert.deepEqual(
    (await stage.failedRows(first.job.id)).split('\r\n').map((line) => line.split(',').at(-1)),
    ['_row_number', '3', '5', ''],
  );
  assert.deepEqual(await stage.imports.errorSummary(stage.engine.actor, first.job.id), {
    failedRows: 2,
    closedRows: 1,
    refused: [
      { field: 'email', code: 'duplicate', message: 'The email is there more than once in the file.', rows: 1 },
    ],
    invalidRows: 1,
    invalid: [{ field: 'email', code: 'invalid_format', message: 'The email must be a valid email address.', rows: 1 }],
  });

  // The same file again: what has come in is left alone.
  const again = await run(id, half);
  assert.deepEqual(await ledger(again.job), ['2 skipped 3', '3 failed 3', '5 failed 3']);
  const { rows } = await stage.engine.jobs.issues(stage.engine.actor, again.job.id, { page: 1, perPage: 10 });
  assert.deepEqual(
    rows.map(({ rowNumber, code }) => `${rowNumber} ${code}`),
    ['2 already_imported', '3 invalid_format', '5 duplicate'],
  );

  // Failed rows of the second, mended: the guard is off, and on again where it was.
  const left = await stage.failedRows(again.job.id);
  assert.equal(left.split('\r\n')[1], "Cy,cy,03/01/2020,''=3,The email must be a valid email address.,3");
  const last = await run(id, left.replace('Cy,cy,', 'Cy,cy@x.org,').replace('Ed,ada@x.org', 'Ed,ed@x.org'));
  assert.deepEqual(await ledger(last.job), ['3 created 4', '5 created 4']);
  assert.deepEqual((await names(id)).length, 5);
  for (const { job } of [first, second, again, last])
    await assert.rejects(stage.failedRows(job.id), { code: 'not_found' });
  await assert.rejects(stage.engine.jobs.retry(stage.engine.actor, first.job.id), { code: 'wrong_state' });
});

test('rows that stay failed are tried again from the newest file that has them', async () => {
  const id = await importer();
  const first = await run(id, FILE);
  const lines = (await stage.failedRows(first.job.id)).split('\r\n');
  // Row 3 is sent again and still wrong, with another name; 2 and 5 are not sent.
  const second = await run(id, [lines[0], lines[2]?.replace('Cy,cy', 'Cyrus,cy'), ''].join('\n'));
  assert.deepEqual(await ledger(second.job), ['3 failed 2']);
  const retried = await stage.engine.jobs.retry(stage.engine.actor, first.job.id);
  const third = await stage.engine.reached(retried.job.id, 'completed', 'failed');
  assert.deepEqual(await ledger(third), ['2 failed 3', '3 failed 3', '5 failed 3']);
  assert.deepEqual((await stage.failedRows(third.id)).split('\r\n').toSorted(), [
    '',
    ",bob@x.org,02/01/2020,'=2+2,The name field is required.,2",
    "Cyrus,cy,03/01/2020,''=3,The email must be a valid email address.,3",
    'Ed,ada@x.org,05/01/2020,,The email is there more than once in the file.,5',
    'name,E-mail,Born,note,_error_message,_row_number',
  ]);
});

test('rows that are new, or say what cannot be, have numbers of their own', async () => {
  const id = await importer();
  const first = await run(id, FILE);
  const header = 'name,E-mail,Born,note,_error_message,_row_number\n';
  const text = `${header}Bob,bob@x.org,,,x,2\nNew,new@x.org,,,,\nTwice,twice@x.org,,,x,2\nOdd,odd@x.org,,,x,two\nFar,far@x.org,,,x,99\nDi,di2@x.org,,,x,4\n`;
  const second = await run(id, text, { mends: first.job.number });
  assert.deepEqual(await ledger(second.job), [
    '2 created 2',
    '4 skipped 2',
    '7 created 2',
    '8 failed 2',
    '9 failed 2',
    '10 failed 2',
  ]);
  const { rows } = await stage.engine.jobs.issues(stage.engine.actor, second.job.id, { page: 1, perPage: 10 });
  assert.deepEqual(
    rows.map(({ rowNumber, field, code }) => `${rowNumber} ${field} ${code}`),
    [
      '4 _row_number already_imported',
      '8 _row_number duplicate',
      '9 _row_number invalid_format',
      '10 _row_number out_of_range',
    ],
  );
});

test('of two files whose rows of the same numbers failed the one is meant that is named, or whose reasons these are', async () => {
  const id = await importer();
  const [first, second] = [await run(id, `${HEADER},a@x.org,,\n`), await run(id, `${HEADER}Bea,b,,\n`)];
  const mended = (await stage.failedRows(first.job.id)).replace('\r\n,a@', '\r\nAnn,a@');
  const closes = async (text: string, mends?: number): Promise<number | undefined> => {
    const { job } = await stage.run(id, text, mends === undefined ? {} : { mends });
    if (job.status === 'completed') return job.parentJobId === first.job.id ? first.job.number : second.job.number;
    assert.match(job.error?.message ?? '', /failed in the runs \d+ and \d+: say whose/u);
    return undefined;
  };
  const third = await run(id, `${HEADER},c@x.org,,\n`);
  assert.equal(await closes(mended), undefined);
  assert.deepEqual(await names(id), []);
  assert.equal(
    await closes((await stage.failedRows(second.job.id)).replace('Bea,b', 'Bea,b@x.org')),
    second.job.number,
  );
  assert.equal(await closes(mended, first.job.number), first.job.number);
  assert.deepEqual(await names(id), ['Ann a@x.org -', 'Bea b@x.org -']);
  assert.ok((await stage.failedRows(third.job.id)).includes('c@x.org'));
});

test('a run that is named must be one of the importer', async () => {
  const [id, other] = [await importer(), await importer()];
  const first = await run(id, FILE);
  await assert.rejects(stage.start(other, FILE, { mends: first.job.number }), { code: 'not_found' });
  const { job } = await stage.run(id, FILE, { mends: first.job.number });
  assert.equal(job.status, 'failed');
  assert.match(job.error?.message ?? '', /no column _row_number/u);
  // Without any run to be of, the columns are columns like others.
  const plain = await run(other, `${HEADER.trim()},_error_message,_row_number\nAda,ada@x.org,,,x,7\n`);
  assert.deepEqual(await ledger(plain.job), ['1 created 1']);
});

test('of two that mend the same rows at once each row is brought in by one', async () => {
  const id = await importer();
  const first = await run(id, FILE);
  const mended = (await stage.failedRows(first.job.id))
    .replace('\r\n,bob', '\r\nBob,bob')
    .replace('Cy,cy,', 'Cy,cy@x.org,');
  const jobs = await Promise.all([stage.start(id, mended), stage.start(id, mended)]);
  const ended = await Promise.all(jobs.map((job) => stage.engine.reached(job, 'completed', 'failed')));
  for (const { status, error } of ended)
    if (status === 'failed') assert.match(error?.message ?? '', /being tried again/u);
  assert.deepEqual(await names(id), [
    'Ada ada@x.org 2020-01-31',
    'Bob bob@x.org 2020-01-02',
    'Cy cy@x.org 2020-01-03',
    'Di di@x.org 2020-01-13',
  ]);
});
