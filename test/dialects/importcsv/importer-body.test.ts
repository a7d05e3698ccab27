import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFields } from '../../../src/dialects/field-mistakes.ts';
import { NEW_IMPORTER_EXAMPLE } from '../../../src/dialects/importcsv/answers.ts';
import { changedImporterBody, newImporterBody } from '../../../src/dialects/importcsv/importer-body.ts';
import { asFieldMistakes, importerMistakes } from '../../../src/rows/fields/check-importer.ts';
import { ODD_VALUES, oddlyChanged } from '../../support/odd-inputs.ts';

const body = newImporterBody(importerMistakes);
const parse = (given: unknown): ReturnType<typeof parseFields<unknown>> => parseFields(body, given, 'body');

/** The places of the mistakes in a body. */
function places(given: unknown): string[] {
  const parsed = parse(given);
  return 'mistakes' in parsed ? Object.keys(parsed.mistakes).toSorted() : [];
}

const PLAIN = { values: [], unique: false, default: null, aliases: [], validations: [] };

test('the importer of the document is one', () => {
  assert.deepEqual(parse(NEW_IMPORTER_EXAMPLE), {
    value: {
      name: 'Customer Import',
      description: 'Import customer data',
      slug: null,
      fields: [
        {
          ...PLAIN,
          name: 'name',
          label: 'Name',
          type: 'string',
          required: true,
          said: ['name', 'label', 'type', 'required'],
        },
        {
          ...PLAIN,
          name: 'email',
          label: 'Email',
          type: 'string',
          required: true,
          validations: [{ rule: 'email', value: null, errorMessage: 'Invalid email format' }],
          said: ['name', 'label', 'type', 'required', 'validations'],
        },
      ],
      key: [],
      duplicates: 'update',
      newerBy: null,
      source: { type: 'upload' },
      target: null,
      mapping: [],
    },
  });
});

test('everything else an importer can say is taken', () => {
  const given = {
    name: 'Ünique & Co.',
    schema: {
      fields: [
        { name: '__proto__', type: 'date' },
        { name: 'id', type: 'integer', default: 5, unique: true },
      ],
    },
    key: ['id'],
    duplicates: 'update_if_newer',
    newer_by: '__proto__',
    source: { type: 's3', bucket: 'b', key: 'k', access_key_id: 'a' },
    mapping: JSON.parse('{"__proto__":"id","aside":null}'),
    unknown: 1,
  };
  const parsed = parse(given);
  assert.deepEqual('value' in parsed ? parsed.value : parsed, {
    name: 'Ünique & Co.',
    description: null,
    slug: null,
    fields: [
      { ...PLAIN, name: '__proto__', label: null, type: 'date', required: false, said: ['name', 'type'] },
      {
        ...PLAIN,
        name: 'id',
        label: null,
        type: 'integer',
        required: false,
        unique: true,
        default: 5,
        said: ['name', 'type', 'unique', 'default'],
      },
    ],
    key: ['id'],
    duplicates: 'update_if_newer',
    newerBy: '__proto__',
    source: {
      type: 's3',
      bucket: 'b',
      key: 'k',
      endpoint: null,
      region: null,
      accessKeyId: 'a',
      secretAccessKey: null,
    },
    target: null,
    mapping: [
      { column: '__proto__', field: 'id' },
      { column: 'aside', field: null },
    ],
  });
});

test('every mistake is told at once, of shape and of meaning', () => {
  const fields = [
    { name: 'a', type: 'nothing' },
    {
      name: 'b',
      type: 'string',
      validations: [
        { rule: 'regex', value: '(a' },
        { rule: 'min', value: 3 },
        { rule: 'max_length', value: '5' },
        { rule: 'nothing' },
      ],
    },
    {
      name: 'c',
      type: 'integer',
      validations: [
        { rule: 'min', value: 5 },
        { rule: 'max', value: 3 },
      ],
    },
    { name: 'c', type: 'enum', aliases: ['x'] },
    {
      name: 'd',
      type: 'date',
      default: '31/12/2025',
      aliases: ['X'],
      validations: [{ rule: 'date_format', value: 'Q' }],
    },
    { name: 'e', type: 'number', default: 'many' },
    { name: 'f', type: 'enum', values: ['x', 'y', 'x'], validations: [{ rule: 'in', value: ['z'] }] },
    { name: 'g', type: 'string', default: 'x', validations: [{ rule: 'min_length', value: 2 }] },
  ];
  const source = { type: 'sftp' };
  assert.deepEqual(
    places({ name: ' ', schema: { fields }, key: ['q', 'b', 'b'], newer_by: 'b', mapping: { A: 'q', B: 3 }, source }),
    [
      'key.0',
      'key.2',
      'mapping.A',
      'mapping.B',
      'name',
      'newer_by',
      'schema.fields.0.type',
      'schema.fields.1.validations.0.value',
      'schema.fields.1.validations.1.rule',
      'schema.fields.1.validations.2.value',
      'schema.fields.1.validations.3.rule',
      'schema.fields.2.validations.1.value',
      'schema.fields.3.name',
      'schema.fields.3.values',
      'schema.fields.4.aliases.0',
      'schema.fields.4.validations.0.value',
      'schema.fields.5.default',
      'schema.fields.6.validations.0.value.0',
      'schema.fields.6.values.2',
      'schema.fields.7.default',
      'source.host',
      'source.path',
    ],
  );
});

test('what is odd is a mistake, never a failure', () => {
  for (const value of ODD_VALUES) assert.ok('mistakes' in parse(value));
  const whole = {
    ...NEW_IMPORTER_EXAMPLE,
    key: ['name'],
    newer_by: null,
    mapping: { A: 'name' },
    source: { type: 'ftp', host: 'h', path: 'p' },
    schema: {
      fields: [
        {
          name: 'name',
          type: 'enum',
          values: ['a'],
          aliases: ['b'],
          default: 'a',
          validations: [{ rule: 'in', value: ['a'] }],
        },
        {
          name: 'n',
          type: 'number',
          validations: [
            { rule: 'min', value: 1 },
            { rule: 'regex', value: '^1' },
          ],
        },
        {
          name: 'd',
          type: 'date',
          validations: [
            { rule: 'date_format', value: '%d' },
            { rule: 'max', value: '2024-01-01' },
          ],
        },
      ],
    },
  };
  for (const { body: given, place } of oddlyChanged(whole)) {
    const parsed = parse(given);
    assert.ok('value' in parsed || Object.keys(parsed.mistakes).length > 0, place);
  }
});

test('a change says what changes, and nothing of the rest', () => {
  const change = (given: unknown): unknown => parseFields(changedImporterBody, given, 'body');
  assert.deepEqual(change({}), { value: {} });
  assert.deepEqual(change({ name: 'New', newer_by: null, schema: { fields: [{ name: 'a', type: 'json' }] } }), {
    value: {
      name: 'New',
      newerBy: null,
      fields: [{ ...PLAIN, name: 'a', label: null, type: 'json', required: false, said: ['name', 'type'] }],
    },
  });
  assert.deepEqual(change({ duplicates: 'never' }), {
    mistakes: {
      duplicates: ['The selected duplicates is invalid. Choose one of: skip, update, update_if_newer, fail.'],
    },
  });
});

test('mistakes are sentences by their places', () => {
  const parts = {
    fields: [],
    names: ['a'],
    key: ['b'],
    duplicates: 'update',
    newerBy: 'c',
    mapped: new Map(),
  } as const;
  assert.deepEqual(asFieldMistakes(importerMistakes(parts)), {
    'key.0': ['The key.0 names b, which is no field of the schema.'],
    newer_by: ['The newer by names c, which is no field of the schema.'],
  });
});

test('a schema has bounds', () => {
  const field = (at: number): object => ({
    name: `f${at}`,
    type: 'string',
    validations: [{ rule: 'regex', value: 'a+' }],
  });
  const many = (count: number): object => ({
    ...NEW_IMPORTER_EXAMPLE,
    schema: { fields: Array.from({ length: count }, (_, at) => field(at)) },
  });
  assert.deepEqual(places(many(50)), []);
  assert.deepEqual(places(many(51)), ['schema.fields']);
  assert.deepEqual(places({ ...NEW_IMPORTER_EXAMPLE, schema: { fields: [] } }), ['schema.fields']);
  assert.deepEqual(places({ ...NEW_IMPORTER_EXAMPLE, slug: 'No Slug' }), ['slug']);
});

test('a field may be called anything but what has control characters in it', () => {
  const named = (name: string): string[] =>
    places({ ...NEW_IMPORTER_EXAMPLE, schema: { fields: [{ name, type: 'string' }] } });
  for (const name of ['id', '__proto__', 'First name', '\u{1f600}', '\u202e']) assert.deepEqual(named(name), [], name);
  for (const name of ['\u001eidentifier', 'a\u001fb', 'a\nb', '\u0085'])
    assert.deepEqual(named(name), ['schema.fields.0.name'], JSON.stringify(name));
});
