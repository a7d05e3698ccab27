import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { matchHeader } from '../../../src/rows/fields/match-header.ts';

const FIELDS = [
  plainField('email', 'email', { required: true }),
  plainField('first_name', 'string', { label: 'Given name' }),
  plainField('postcode', 'string', { aliases: ['ZIP', 'PLZ'] }),
];

test('a column is a field’s by name, label or alias, whatever case, blanks and punctuation are', () => {
  assert.deepEqual(matchHeader(['E-Mail', 'GIVEN NAME', ' plz ', 'other'], FIELDS), {
    columns: [0, 1, 2],
    matched: [
      { column: 0, header: 'E-Mail', field: 'email', by: 'name', score: 1 },
      { column: 1, header: 'GIVEN NAME', field: 'first_name', by: 'label', score: 1 },
      { column: 2, header: ' plz ', field: 'postcode', by: 'alias', score: 1 },
    ],
    unknown: [{ column: 3, header: 'other', suggestion: null }],
    missing: [],
    repeated: [],
    mistakes: [],
  });
});

test('a name letter by letter goes before one that only reads alike', () => {
  const fields = [plainField('Name'), plainField('name')];
  assert.deepEqual(matchHeader(['name', 'Name'], fields).columns, [1, 0]);
  assert.deepEqual(matchHeader(['NAME'], fields).columns, [null, null]);
  const alias = [plainField('a', 'string', { aliases: ['b'] }), plainField('b')];
  assert.deepEqual(matchHeader(['b', 'x'], alias).columns, [null, 0]);
});

test('what is much alike is taken and told, what is less alike only suggested', () => {
  const { columns, matched, unknown, missing } = matchHeader(['emails', 'frist name', 'zzz'], FIELDS);
  assert.deepEqual(columns, [0, null, null]);
  assert.deepEqual(matched, [{ column: 0, header: 'emails', field: 'email', by: 'likeness', score: 0.833 }]);
  assert.deepEqual(unknown, [
    { column: 1, header: 'frist name', suggestion: { field: 'first_name', score: 0.778 } },
    { column: 2, header: 'zzz', suggestion: null },
  ]);
  assert.deepEqual(missing, [
    { field: 'first_name', required: false },
    { field: 'postcode', required: false },
  ]);
});

test('neither a part of a name nor another number is alike', () => {
  const fields = [plainField('nickname'), plainField('address1'), plainField('nama')];
  assert.deepEqual(matchHeader(['name', 'address2', 'address'], fields).columns, [null, null, null]);
});

test('of columns of one name the first is read, and all are told', () => {
  const { columns, repeated, unknown } = matchHeader(['email', 'x', 'email ', 'x'], FIELDS);
  assert.deepEqual(columns, [0, null, null]);
  assert.deepEqual(repeated, [
    { header: 'email', columns: [0, 2] },
    { header: 'x', columns: [1, 3] },
  ]);
  assert.deepEqual(unknown, [{ column: 1, header: 'x', suggestion: null }]);
});

test('a mapping wins, may set a column aside, and may be turned round', () => {
  const header = ['email', 'work', 'first_name'];
  const mapping = [
    { column: 'work', field: 'email' },
    { column: 'first_name', field: null },
  ];
  const { columns, matched, unknown } = matchHeader(header, FIELDS, mapping);
  assert.deepEqual(columns, [1, null, null]);
  assert.deepEqual(matched, [{ column: 1, header: 'work', field: 'email', by: 'mapping', score: 1 }]);
  assert.deepEqual(
    unknown.map(({ column }) => column),
    [0, 2],
  );
  assert.deepEqual(matchHeader(header, FIELDS, [{ column: 'postcode', field: 'work' }]).columns, [0, 2, 1]);
});

test('a mapping that fits nothing is told', () => {
  const mapping = [
    { column: 'nowhere', field: 'email' },
    { column: 'work', field: 'nothing' },
    { column: 'mail', field: 'email' },
    { column: 'other', field: 'email' },
  ];
  assert.deepEqual(matchHeader(['work', 'mail', 'other'], FIELDS, mapping).mistakes, [
    { column: 'nowhere', message: 'The file has no column "nowhere".' },
    { column: 'work', message: 'The importer has no field "nothing".' },
    { column: 'other', message: 'The field "email" is mapped to another column already.' },
  ]);
});

test('any name is a name', () => {
  const names = ['__proto__', 'constructor', 'id', '!!!', '電話', 'toString'];
  const fields = names.map((name) => plainField(name));
  assert.deepEqual(matchHeader(names, fields).columns, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(matchHeader(['', ' ', '\u0000', '???'], fields).columns, [null, null, null, null, null, null]);
});

test('two thousand columns and five hundred fields that are all alike are no trouble', () => {
  const header = Array.from({ length: 2_000 }, (_, at) => `column number with letters ${at.toString(36)}`);
  const fields = Array.from({ length: 500 }, (_, at) => plainField(`another column with letters ${at}`));
  assert.equal(matchHeader(header, fields).columns.length, 500);
});
