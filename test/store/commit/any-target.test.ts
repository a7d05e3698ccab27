import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldType, TargetField, TargetSpec } from '../../../src/domain/target.ts';
import { startImport } from '../../support/records.ts';
import type { RowValues } from '../../support/records.ts';
import { COLUMN_TYPES } from '../../../src/store/column-types.ts';
import { openTestStore } from '../../support/store.ts';

const { orm, pool } = await openTestStore(2);

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const field = (name: string, type: FieldType = 'text'): TargetField => ({ name, column: name, type, required: false });

/** A target with a table of its own. */
async function makeTarget(schema: string, table: string, fields: readonly TargetField[]): Promise<TargetSpec> {
  const columns = fields.map(({ column, type }) => `${quote(column)} ${COLUMN_TYPES[type]}`);
  await pool.query(`create schema if not exists ${quote(schema)}`);
  await pool.query(`
    create table ${quote(schema)}.${quote(table)} ("id" uuid primary key, "tenant_id" uuid, "source_id" uuid, ${columns.join(', ')},
      "source_hash" bytea, "created_at" timestamptz default now(), "updated_at" timestamptz default now(),
      constraint ${quote(`${table}_identity`)} unique ("tenant_id", "source_id", "external_id"))`);
  return {
    type: `${schema}.${table}`,
    label: table,
    schema,
    table,
    fields,
    identity: ['external_id'],
    anyOf: [],
    builtin: false,
  };
}

async function valuesOf(spec: TargetSpec): Promise<RowValues[]> {
  const { rows } = await pool.query<{ values: RowValues }>(
    `select to_jsonb("one row") - array['id', 'tenant_id', 'source_id', 'source_hash', 'created_at', 'updated_at'] as "values"
     from ${quote(spec.schema)}.${quote(spec.table)} as "one row" order by "external_id"`,
  );
  return rows.map((row) => row.values);
}

/** Makes, changes and merges a row of a target and gives back its before-images. */
async function importInto(spec: TargetSpec, first: RowValues, second: RowValues): Promise<unknown[]> {
  const made = await startImport(orm, { spec });
  await made.commit([first]);
  const changed = await startImport(orm, { ...made, detect: ['key'] });
  const { counters } = await changed.commit([
    second,
    { ...first, external_id: 'other' },
    { ...second, external_id: 'third' },
  ]);
  assert.deepEqual(counters, { created: 0, updated: 3, skipped: 0, failed: 0, duplicates: 2 });
  return (await changed.ledger()).map((row) => ({ ...row.before, source_hash: undefined }));
}

test('columns may be called anything, also as the import calls its own', async () => {
  const names = [
    'record_id',
    'row_number',
    'identifier',
    'row_hash',
    'after_hash',
    'duplicate_of',
    'matched',
    'hash',
    'f0',
    't',
    's',
    'old',
    'new',
    'it\'s "odd"',
    'select',
    '__proto__',
    'Ünïcödé $1 ?',
  ];
  const spec = await makeTarget('target', 'odd "table" $1', [
    field('external_id'),
    field('key'),
    ...names.map((name) => field(name)),
  ]);
  const row = (value: string): RowValues =>
    Object.fromEntries([['external_id', '1'], ['key', 'k'], ...names.map((name) => [name, value] as const)]);
  const images = await importInto(spec, row('first'), row('second'));
  assert.deepEqual(
    images,
    [row('first'), row('second'), row('first')].map((image) => ({ ...image, source_hash: undefined })),
  );
  assert.deepEqual(await valuesOf(spec), [row('second')]);
});

test('before-images hold values of every type as rows carry them, whichever way they are taken', async () => {
  const fields = [
    field('external_id'),
    field('key', 'date'),
    field('integer', 'integer'),
    field('numeric', 'numeric'),
    field('boolean', 'boolean'),
    field('timestamptz', 'timestamptz'),
    field('reference', 'reference'),
  ];
  const spec = await makeTarget('target', 'typed', fields);
  const first = {
    external_id: '1',
    key: '2024-02-29',
    integer: '-9223372036854775808',
    numeric: '1.50',
    boolean: 't',
    timestamptz: '2024-02-29 10:00:00.5+00',
    reference: '01a1fde3-ca15-7440-ac40-da55aaa58200',
  };
  const second = {
    ...first,
    integer: '7',
    numeric: '0.00',
    boolean: 'f',
    timestamptz: '0001-01-01 00:00:00+00',
    reference: null,
  };
  const images = await importInto(spec, first, second);
  assert.deepEqual(
    images,
    [first, second, first].map((image) => ({ ...image, source_hash: undefined })),
  );
});

test('a target may have hundreds of fields', async () => {
  const names = Array.from({ length: 400 }, (_, n) => `field ${n}`);
  const spec = await makeTarget('target', 'wide', [
    field('external_id'),
    field('key'),
    ...names.map((name) => field(name)),
  ]);
  const row = (value: string): RowValues =>
    Object.fromEntries([['external_id', '1'], ['key', 'k'], ...names.map((name) => [name, value] as const)]);
  const images = await importInto(spec, row('first'), row('second'));
  assert.deepEqual(
    images,
    [row('first'), row('second'), row('first')].map((image) => ({ ...image, source_hash: undefined })),
  );
});

test('tables of one name in two schemas are two tables, on one session too', async () => {
  const here = await makeTarget('target', 'same', [field('external_id'), field('key'), field('number', 'integer')]);
  const there = await makeTarget('elsewhere', 'same', [field('external_id'), field('key'), field('day', 'date')]);
  await importInto(here, { external_id: '1', key: 'a', number: '1' }, { external_id: '1', key: 'a', number: '2' });
  await importInto(
    there,
    { external_id: '1', key: 'a', day: '2024-01-01' },
    { external_id: '1', key: 'a', day: '2024-01-02' },
  );
  assert.deepEqual(
    [await valuesOf(here), await valuesOf(there)],
    [[{ external_id: '1', key: 'a', number: 2 }], [{ external_id: '1', key: 'a', day: '2024-01-02' }]],
  );
});
