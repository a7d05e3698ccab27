import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { RowBlock } from '../../../src/domain/row-block.ts';
import { compileFields } from '../../../src/rows/fields/compile-fields.ts';
import { fieldRule, mapFields, ownSpec, readColumn } from '../../support/importer-fields.ts';

test('a row becomes a draft of converted values, known by its key', () => {
  const fields = [
    plainField('name', 'string', { required: true }),
    plainField('email', 'email'),
    plainField('age', 'integer'),
    plainField('paid', 'number'),
    plainField('on', 'boolean'),
    plainField('born', 'date'),
    plainField('seen', 'datetime'),
    plainField('facts', 'json'),
  ];
  const row = [' Ann ', ' ann@x.io', '007', '1200.50', 'YES', '2001-02-03', '2024-03-01T10:00:00+02:00', '{"a":[1]}'];
  const [draft] = mapFields(fields, [row], { key: ['email'] });
  assert.deepEqual(draft?.values, [
    ' Ann ',
    'ann@x.io',
    '7',
    '1200.50',
    't',
    '2001-02-03',
    '2024-03-01 08:00:00+00',
    '{"a":[1]}',
  ]);
  assert.deepEqual({ identifier: draft?.identifier, issues: draft?.issues }, { identifier: 'ann@x.io', issues: [] });
});

test('several key fields identify together, and not at all when one is empty', () => {
  const fields = [plainField('a'), plainField('b', 'integer')];
  const drafts = mapFields(
    fields,
    [
      ['x', '01'],
      ['x', null],
    ],
    { key: ['b', 'a'] },
  );
  assert.deepEqual(
    drafts.map(({ identifier }) => identifier),
    ['["1","x"]', null],
  );
});

test('an empty cell is no value, and a default fills it', () => {
  assert.deepEqual(readColumn(plainField('a'), ['', null, ' ']), [null, null, ' ']);
  assert.deepEqual(readColumn(plainField('a', 'number', { default: 1.5 }), ['', null, '  ', '2']), [
    '1.5',
    '1.5',
    '1.5',
    '2',
  ]);
  assert.deepEqual(readColumn(plainField('a', 'boolean', { default: false, required: true }), [null]), ['f']);
  const missing = mapFields([plainField('a', 'date', { default: '2024-01-01' })], [['x']], { columns: [null] });
  assert.deepEqual(missing[0]?.values, ['2024-01-01']);
});

test('what is required has to be there, and not be blank', () => {
  const message = 'The a field is required.';
  assert.deepEqual(readColumn(plainField('a', 'string', { required: true }), [null, '', ' \t', 'x']), [
    message,
    message,
    message,
    'x',
  ]);
  const [draft] = mapFields([plainField('a', 'integer', { required: true })], [['x']]);
  assert.deepEqual(
    draft?.issues.map(({ code }) => code),
    ['invalid_format'],
  );
});

test('an issue says field, code, message, value and what is expected', () => {
  const [draft] = mapFields([plainField('mail', 'email')], [['ahmad@email']]);
  assert.deepEqual(draft?.issues, [
    {
      field: 'mail',
      code: 'invalid_format',
      message: 'The mail must be a valid email address.',
      value: 'ahmad@email',
      fatal: true,
      expected: 'name@example.com',
    },
  ]);
});

test('rules are told in words of their own where they have some', () => {
  const rules = [
    fieldRule('min_length', 2),
    fieldRule('max_length', 4, 'Four at the most'),
    fieldRule('regex', '^[a-z😀]+$', 'Only $& :value'),
  ];
  assert.deepEqual(readColumn(plainField('a', 'string', { validations: rules }), ['x', 'abcde', 'AB', '😀😀😀😀']), [
    'The a must be at least 2 characters.',
    'Four at the most',
    'Only $& :value',
    '😀😀😀😀',
  ]);
});

test('a rule that says what the type says has its words told', () => {
  const said = (type: 'email' | 'url' | 'date', rule: 'email' | 'url' | 'date_format', value: string | null): unknown =>
    readColumn(plainField('a', type, { validations: [fieldRule(rule, value, 'Mend it')] }), ['x']);
  assert.deepEqual(said('email', 'email', null), ['Mend it']);
  assert.deepEqual(said('url', 'url', null), ['Mend it']);
  assert.deepEqual(said('date', 'date_format', 'YYYY-MM-DD'), ['Mend it']);
});

test('moments are ordered to the fraction', () => {
  const field = plainField('t', 'datetime', { validations: [fieldRule('min', '2024-01-01T00:00:00.5Z')] });
  const [before, at, after] = readColumn(field, [
    '2024-01-01 00:00:00.49',
    '2024-01-01 00:00:00.5',
    '2024-01-01 00:00:01',
  ]);
  assert.match(before ?? '', /after or equal to 2024-01-01T00:00:00.5Z/u);
  assert.deepEqual([at, after], ['2024-01-01 00:00:00.5+00', '2024-01-01 00:00:01+00']);
});

test('bounds are exact, whatever the digits', () => {
  const rules = [fieldRule('min', 0.1), fieldRule('max', '9007199254740993')];
  const field = plainField('n', 'number', { validations: rules });
  assert.deepEqual(readColumn(field, ['0.1', '0.0999999999999999999', '9007199254740993', '9007199254740994', '-5']), [
    '0.1',
    'The n must be at least 0.1.',
    '9007199254740993',
    'The n must not be greater than 9007199254740993.',
    'The n must be at least 0.1.',
  ]);
  const day = plainField('d', 'date', { validations: [fieldRule('min', '2024-01-01')] });
  assert.deepEqual(readColumn(day, ['2023-12-31', '2024-01-01']), [
    'The d must be a date after or equal to 2024-01-01.',
    '2024-01-01',
  ]);
});

test('a schema’s own values are as JSON has them, whatever the file looks like', () => {
  const field = plainField('n', 'number', { default: 1.234, validations: [fieldRule('in', [1.234, 2.5])] });
  assert.deepEqual(readColumn(field, [null, '2,5', '1,234', '1234']), [
    '1.234',
    '2.5',
    '1.234',
    'The n must be one of: 1.234, 2.5.',
  ]);
});

test('a list is compared by value', () => {
  const numbers = plainField('n', 'number', { validations: [fieldRule('in', [1, 2.5])] });
  assert.deepEqual(readColumn(numbers, ['1.0', '2.50', '3']), ['1.0', '2.50', 'The n must be one of: 1, 2.5.']);
  const words = plainField('s', 'string', { validations: [fieldRule('in', ['a', 'b'])] });
  assert.deepEqual(readColumn(words, ['a', 'A']), ['a', 'The s must be one of: a, b.']);
  const colour = plainField('c', 'enum', { values: ['red', 'blue'] });
  assert.deepEqual(readColumn(colour, [' red ', 'Red']), ['red', 'The c must be one of: red, blue.']);
});

test('a string may have to be an address or a day, and stays as it came', () => {
  const mail = plainField('s', 'string', { validations: [fieldRule('email', null, 'Invalid email format')] });
  assert.deepEqual(readColumn(mail, ['a@b.co', ' a@b.co ', 'a@b']), ['a@b.co', ' a@b.co ', 'Invalid email format']);
  const day = plainField('s', 'string', { validations: [fieldRule('date_format', '%d/%m/%Y')] });
  assert.deepEqual(readColumn(day, ['31/12/2025', '31/13/2025']), [
    '31/12/2025',
    'The s does not match the format %d/%m/%Y.',
  ]);
});

test('bytes that are no text are told, in every type', () => {
  const types = ['string', 'email', 'url', 'phone', 'enum', 'json', 'integer', 'number', 'date', 'boolean'] as const;
  for (const type of types) {
    const bytes = Buffer.from([0x61, 0xff, 0x40, 0x62, 0x2e, 0x63, 0x6f]);
    const block = new RowBlock(bytes, Int32Array.of(0, bytes.length), 1, 1);
    const [draft] = mapFields([plainField('a', type, { values: ['x'] })], block);
    assert.deepEqual([draft?.values, draft?.issues[0]?.message], [[null], 'The a must be text in UTF-8.'], type);
  }
  assert.deepEqual(readColumn(plainField('a'), ['x\0y', 'x\ufffdy']), [
    'The a contains a character that cannot be stored.',
    'x\ufffdy',
  ]);
});

test('a cell that a table file could not hold is an issue of the field it would have filled', () => {
  const fields = [plainField('a', 'string', { required: true }), plainField('b')];
  const unread = [
    { column: 0, code: 'invalid_format', message: 'The cell is an error.', value: '#N/A' },
    { column: 7, code: 'invalid_format', message: 'Nobody asks for this one.', value: null },
  ];
  const rows = [
    [null, 'x', JSON.stringify(unread)],
    ['y', 'z', null],
  ];
  const drafts = mapFields(fields, rows, { issuesColumn: 2 });
  assert.deepEqual(
    drafts.map(({ values, issues }) => ({ values, issues })),
    [
      {
        values: [null, 'x'],
        issues: [{ field: 'a', code: 'invalid_format', message: 'The cell is an error.', value: '#N/A', fatal: true }],
      },
      { values: ['y', 'z'], issues: [] },
    ],
  );
});

test('what a reader found wrong with a row stays with it', () => {
  const fields = [plainField('a', 'integer')];
  const fault = { field: null, code: 'invalid_format', message: 'Ragged.', value: null, fatal: true } as const;
  const map = compileFields({
    fields,
    spec: ownSpec(fields),
    columns: [0],
    formats: [null],
    key: [],
    issuesColumn: null,
  });
  const drafts = map(RowBlock.of([['1'], ['x']]), new Map([[1, [fault]]]));
  assert.deepEqual(
    drafts.map(({ issues }) => issues.map(({ message }) => message)),
    [[], ['Ragged.', 'The a must be a number.']],
  );
});

test('an issue can be stored, whatever the value', () => {
  const field = plainField('a', 'email', { messages: { invalid: 'No: :value' } });
  const [draft] = mapFields([field], [[`a\0b${'x'.repeat(600)}`]]);
  assert.equal(draft?.issues[0]?.value, `a\ufffdb${'x'.repeat(496)}…`);
  assert.ok(draft?.issues[0]?.message.startsWith('No: a\ufffdbx'));
});

test('a target of other types gets the value as its type has it', () => {
  const field = (name: string, type: 'text' | 'numeric' | 'date', required = false) => ({
    name,
    column: name,
    type,
    required,
  });
  const fields = [plainField('flag', 'boolean'), plainField('size'), plainField('day', 'datetime')];
  const spec = {
    fields: [field('day', 'date'), field('flag', 'text'), field('size', 'numeric'), field('other', 'text', true)],
    anyOf: ['other'],
  };
  const [draft, wrong] = mapFields(
    fields,
    [
      ['yes', '1e2', '2024-01-02 23:00:00-02'],
      ['no', 'x', null],
    ],
    { spec },
  );
  assert.deepEqual(draft?.values, ['2024-01-03', 'true', '100', null]);
  assert.deepEqual(
    wrong?.issues.map(({ message }) => message),
    ['The size must be a number.', 'The other field is required.', 'One of the fields other is required.'],
  );
});

test('names of fields are nobody’s business', () => {
  const names = ['__proto__', 'constructor', 'id', 'created_at', 'history', ':value'];
  const fields = names.map((name) => plainField(name, 'integer'));
  const [draft] = mapFields(fields, [names.map(() => 'x')]);
  assert.deepEqual(
    draft?.issues.map(({ message }) => message),
    names.map((name) => `The ${name} must be a number.`),
  );
});
