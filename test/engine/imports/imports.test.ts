import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import type { ImporterInput } from '../../../src/domain/importer.ts';
import { createImporters } from '../../../src/engine/importers/index.ts';
import type { Importers } from '../../../src/engine/importers/index.ts';
import { createImports } from '../../../src/engine/imports/index.ts';
import type { Imports } from '../../../src/engine/imports/index.ts';
import { xlsxFile } from '../../support/xlsx-file.ts';
import { startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';

let engine: TestEngine;
let importers: Importers;
let imports: Imports;

before(async () => {
  engine = await startTestEngine();
  importers = createImporters(engine.deps);
  imports = createImports(engine.deps);
  await engine.startWorker();
});

after(() => engine.close());

const importer = (changes: Partial<ImporterInput> = {}): ImporterInput => ({
  name: 'People',
  description: null,
  slug: `people-${randomUUID().slice(0, 8)}`,
  fields: [plainField('email', 'email', { required: true }), plainField('name'), plainField('age', 'integer')],
  key: ['email'],
  duplicates: 'update',
  newerBy: null,
  source: { type: 'upload' },
  target: null,
  mapping: [],
  ...changes,
});

async function run(importerId: string, text: string | Buffer): Promise<string> {
  const key = `uploads/${randomUUID()}`;
  const stored = await engine.deps.files.storage.put(key, one(text));
  const { job } = await imports.create(engine.actor, {
    importer: importerId,
    file: { key, name: 'people.csv', charset: null, ...stored },
  });
  return job.id;
}

async function* one(text: string | Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

test('a file arrives in the table of its importer, and again nothing changes', async () => {
  const { id } = await importers.create(engine.actor, importer());
  const text = 'E-mail,Name,Age\nada@example.com,Ada,36\nbob@example.com,Bob,x\ncy@example.com,"Cy, the third",7\n';
  const first = await run(id, text);
  const job = await engine.reached(first, 'completed', 'failed');
  assert.deepEqual([job.status, job.error ?? null], ['completed', null]);
  const counters = (await imports.get(engine.actor, first)).counters;
  assert.deepEqual(counters, { created: 2, updated: 0, skipped: 0, failed: 1, duplicates: 0 });
  const again = await run(id, text);
  await engine.reached(again, 'completed', 'failed');
  assert.deepEqual((await imports.get(engine.actor, again)).counters, {
    created: 0,
    updated: 0,
    skipped: 2,
    failed: 1,
    duplicates: 0,
  });
});

test('a file with nothing but a header ends at once, with no row', async () => {
  const { id } = await importers.create(engine.actor, importer());
  for (const text of ['email,name,age\n', 'email,name,age']) {
    const job = await engine.reached(await run(id, text), 'completed', 'failed');
    assert.deepEqual([job.status, job.estimatedTotal, job.error ?? null], ['completed', 0, null]);
  }
});

test('a file without a column that every row must have is refused, and told which it has', async () => {
  const { id } = await importers.create(engine.actor, importer());
  const job = await engine.reached(await run(id, 'Name,,Shoe\u202e size\nAda,x,5\n'), 'completed', 'failed');
  assert.deepEqual(job.error, {
    code: 'source_rejected',
    message:
      'The file has no column for email, which every row must have. Its columns are Name, (without a name), Shoe\ufffd size.',
  });
});

test('a file without anything that could be a column is refused for that', async () => {
  const { id } = await importers.create(engine.actor, importer());
  for (const empty of ['[]', '{}\n{}\n', xlsxFile({ sheets: [{ rows: '' }] })]) {
    const job = await engine.reached(await run(id, empty), 'completed', 'failed');
    assert.deepEqual(job.error, { code: 'source_rejected', message: 'The file has no column with a name.' });
  }
});

test('a picture that is sent as CSV is refused for what it is', async () => {
  const { id } = await importers.create(engine.actor, importer());
  const picture = Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
    Buffer.alloc(200, Buffer.from('9a01', 'hex')),
  ]);
  const job = await engine.reached(await run(id, picture), 'completed', 'failed');
  assert.deepEqual([job.status, job.error?.code], ['failed', 'source_rejected']);
  assert.match(job.error?.message ?? '', /no text but binary data/u);
});
