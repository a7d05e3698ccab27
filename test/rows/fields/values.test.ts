import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { plainField, IMPORTER_FIELD_TYPES } from '../../../src/domain/importer.ts';
import { RowBlock } from '../../../src/domain/row-block.ts';
import { compareDecimals } from '../../../src/rows/fields/value-order.ts';
import { isEmail, isPlainEmail } from '../../../src/rows/fields/email.ts';
import { jsonFault } from '../../../src/rows/fields/json.ts';
import { compilePattern } from '../../../src/rows/fields/pattern.ts';
import { isPhone, isPlainPhone } from '../../../src/rows/fields/phone.ts';
import { readDay } from '../../../src/rows/fields/read-day.ts';
import { valueReader } from '../../../src/rows/fields/read-value.ts';
import { isPlainUrl, isUrl } from '../../../src/rows/fields/url.ts';
import { fieldRule, mapFields, readColumn } from '../../support/importer-fields.ts';
import { seeded } from '../../support/seeded.ts';
import type { Seeded } from '../../support/seeded.ts';
import { testData } from '../../support/test-data.ts';

test('an e-mail address is a mailbox at a domain', () => {
  const right = ['a@b.co', "o'neil+x@sub.example.museum", 'jörg@müller.de', 'a.b@1and1.com', 'x@xn--mller-kva.de'];
  const wrong = [
    'ahmad@email',
    'a@b.c',
    'a b@c.de',
    'a@@b.co',
    '@b.co',
    'a@',
    '.a@b.co',
    'a..b@c.de',
    'a@-b.co',
    'a@b-.co',
    'a@b..co',
    'a@b.co.',
    'a@1.2.3.44',
    `${'a'.repeat(65)}@b.co`,
    `a@${'b'.repeat(64)}.co`,
    `a@${'b.'.repeat(130)}co`,
    'a@b.co\n',
    'a\u200b@b.co',
    '"a"@b.co',
  ];
  assert.deepEqual(right.filter(isEmail), right);
  assert.deepEqual(wrong.filter(isEmail), []);
});

test('a URL is absolute and of the web', () => {
  const right = [
    'http://x.io',
    'https://x.io:8443/a?b=c#d',
    'HTTPS://user@x.io/ä',
    'http://localhost/',
    'http://[::1]/',
  ];
  const wrong = [
    'x.io',
    '//x.io',
    'ftp://x.io',
    'javascript:alert(1)',
    'http:x.io',
    'http://',
    'http://a b',
    'http://x\\y',
    'http://1.2.3.4.5',
  ];
  assert.deepEqual(right.filter(isUrl), right);
  assert.deepEqual(wrong.filter(isUrl), []);
});

test('a phone number has 7 to 15 digits, however they are grouped', () => {
  const right = ['081234567890', '+62 812-3456-7890', '(030) 123 45 67', '555.123.4567 ext. 12', '+1/555/1234567 x3'];
  const wrong = [
    '12345',
    '1234567890123456',
    '6.28123E+11',
    '81234567890.0',
    'call me',
    '+',
    '08x12345678',
    '++4712345678',
  ];
  assert.deepEqual(right.filter(isPhone), right);
  assert.deepEqual(wrong.filter(isPhone), []);
  assert.match(readColumn(plainField('p', 'phone'), ['6.28E+11'])[0] ?? '', /made a number by a spreadsheet/u);
});

test('booleans are words of a list', () => {
  assert.deepEqual(readColumn(plainField('b', 'boolean'), ['TRUE', 'Ya', '0', ' nein ', 'tidak', 'x']), [
    't',
    't',
    'f',
    'f',
    'f',
    'The b must be true or false.',
  ]);
});

test('JSON is bounded, and nothing gets in by an escape', () => {
  assert.equal(jsonFault('{"a":[1,2.50,"x\\u00e9"],"b":null}'), null);
  assert.equal(jsonFault('"[[[[["'), null);
  assert.equal(jsonFault(`${'['.repeat(64)}${']'.repeat(64)}`), null);
  assert.match(jsonFault('['.repeat(65)) ?? '', /deeper than 64/u);
  assert.match(jsonFault('['.repeat(2_000_000)) ?? '', /deeper/u);
  assert.match(jsonFault('{"a":"\\u0000"}') ?? '', /cannot be stored/u);
  assert.match(jsonFault('{"\\ud800":1}') ?? '', /cannot be stored/u);
  assert.match(jsonFault('[1e99999]') ?? '', /too large/u);
  assert.equal(jsonFault('["1e99999", 1e9999]'), null);
  for (const wrong of ['', '{', "{'a':1}", '[1,]', 'NaN', '01'])
    assert.match(jsonFault(wrong) ?? '', /valid JSON/u, wrong);
});

test('patterns take time in proportion to the text', () => {
  const evil = compilePattern('(x+x+)+y');
  assert.ok('test' in evil);
  assert.equal(evil.test('x'.repeat(50_000)), false);
  for (const wrong of [
    '(a',
    '(?=a)',
    String.raw`(\w)\1`,
    '[z-a]',
    'a{1000}',
    '(a{31}){31}(b{31}){31}',
    'x'.repeat(1_001),
  ]) {
    assert.ok('mistake' in compilePattern(wrong), wrong);
  }
});

test('a simple pattern means to JavaScript’s engine what it means to RE2', () => {
  const random = seeded(3);
  const atoms = ['[a-c]', String.raw`\d`, 'a', '[^b]', String.raw`\w`, '-', String.raw`\.`, '[0-9-]'];
  const counts = ['', '', '{2}', '+', '*', '?', '{1,2}'];
  for (let round = 0; round < 300; round++) {
    const variable = random.below(4);
    const source = `^${Array.from({ length: 4 }, (_, at) => random.pick(atoms) + (at === variable ? random.pick(counts) : '')).join('')}${random.pick(['$', ''])}`;
    const simple = compilePattern(source);
    // In a group it is no simple pattern any more.
    const linear = compilePattern(`(?:${source})`);
    assert.ok('test' in simple && 'test' in linear, source);
    assert.ok(simple instanceof RegExp && !(linear instanceof RegExp), source);
    for (let turn = 0; turn < 30; turn++) {
      const text = Array.from({ length: random.below(7) }, () => random.pick(Array.from('abc01-.\né😀'))).join('');
      assert.equal(simple.test(text), linear.test(text), `${source} on ${JSON.stringify(text)}`);
    }
  }
});

test('decimals are compared with all their digits', () => {
  const random = seeded(11);
  const decimal = (): string =>
    `${random.pick(['', '-'])}${random.between(1, 9)}${random.digits(random.below(3))}${random.pick(['', `.${random.digits(random.between(1, 3))}`])}`;
  const scaled = (text: string): bigint => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(6, '0'));
  };
  for (let round = 0; round < 3_000; round++) {
    const [left, right] = [decimal(), decimal()];
    const difference = scaled(left) - scaled(right);
    assert.equal(
      Math.sign(compareDecimals(left, right)),
      difference === 0n ? 0 : difference < 0n ? -1 : 1,
      `${left} ${right}`,
    );
  }
});

const PIECES = [
  ...Array.from('0123456789'),
  ...Array.from('aZ@.-+_/:,;\'"() #%é😀\t\n'),
  'www',
  'http://',
  'https://',
  '.com',
  '2024-',
  '-01',
  '00:00',
  'xn--',
  'true',
];

function anyText(random: Seeded): string {
  return Array.from({ length: random.between(1, 9) }, () => random.pick(PIECES)).join('');
}

test('bytes that plainly are right are right', () => {
  const random = seeded(5);
  const kinds = [
    { plain: isPlainEmail, fits: isEmail, seed: ['a@b.com', 'x.y@z-1.example.org'] },
    { plain: isPlainUrl, fits: isUrl, seed: ['https://a.io/', 'http://b-c.example.com'] },
    { plain: isPlainPhone, fits: isPhone, seed: ['+4712345678', '0301234567'] },
  ];
  for (const { plain, fits, seed } of kinds) {
    let plainly = 0;
    for (let round = 0; round < 20_000; round++) {
      const base = random.pick(seed);
      const at = random.below(base.length + 1);
      const text =
        base.slice(0, at) + (random.chance(0.9) ? random.pick(PIECES) : '') + base.slice(at + random.below(2));
      const bytes = Buffer.from(text);
      if (!plain(bytes, 0, bytes.length)) continue;
      plainly++;
      assert.ok(fits(text), JSON.stringify(text));
    }
    assert.ok(plainly > 1_000, `${plainly}`);
  }
});

const FIELDS = IMPORTER_FIELD_TYPES.map((type) =>
  plainField(type, type, {
    values: type === 'enum' ? ['a', '1'] : [],
    validations: type === 'integer' ? [fieldRule('min', 5), fieldRule('max', 2_000)] : [],
  }),
);

test('a value means the same whether its bytes plainly are right or it is read with care', () => {
  const random = seeded(9);
  const likely = [
    '5',
    '-17',
    '1.50',
    '0.5',
    '00',
    '2024-02-29',
    '2024-13-01',
    '2024-01-02 03:04:05',
    'a@b.com',
    'https://a.io/x',
    '+4712345678',
    'a',
    '-0',
    '1e3',
    '4.',
    '999999999999999999999',
  ];
  const rows = Array.from({ length: 4_000 }, () =>
    FIELDS.map(() => (random.chance(0.5) ? random.pick(likely) : anyText(random))),
  );
  const formats = FIELDS.map(({ type }) =>
    type === 'number'
      ? ({
          kind: 'number',
          mark: '.',
          currency: null,
          counts: { values: 1, neutral: 0, point: 1, comma: 0, either: 0, neither: 0, currencies: {} },
        } as const)
      : null,
  );
  const plain = mapFields(FIELDS, rows, { formats });
  // With a null character anywhere in the block every value is read with care.
  const careful = mapFields(FIELDS, [...rows, FIELDS.map(() => '\0')], { formats });
  rows.forEach((row, at) => {
    assert.deepEqual(careful[at]?.values, plain[at]?.values, JSON.stringify(row));
    assert.deepEqual(careful[at]?.issues, plain[at]?.issues, JSON.stringify(row));
  });
});

test('whatever the bytes, a row becomes a draft, and a value that is kept is kept again', () => {
  const random = seeded(13);
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(
      Array.from({ length: 400 }, () => (random.chance(0.3) ? random.below(256) : random.between(0x2b, 0x3a))),
    );
    const cells = Int32Array.from({ length: FIELDS.length * 2 * 8 }, (_, at) =>
      at % 2 === 0 ? random.below(380) : random.between(-1, 20),
    );
    const drafts = mapFields(FIELDS, new RowBlock(bytes, cells, FIELDS.length, 8));
    assert.equal(drafts.length, 8);
    const kept = drafts.map(({ values }) =>
      FIELDS.map(({ type }, at) => (type === 'boolean' ? null : (values[at] ?? null))),
    );
    const again = mapFields(FIELDS, kept, { formats: FIELDS.map(() => null) });
    kept.forEach((row, at) => {
      // A number such as 1.234 is clear once it is known to have a point, which is what `null` does not say.
      const ambiguous = FIELDS.findIndex(({ type }) => type === 'number');
      const comparable = (values: readonly (string | null)[]): unknown =>
        values.filter((_, index) => index !== ambiguous);
      assert.deepEqual(comparable(again[at]?.values ?? []), comparable(row));
    });
  }
});

const naughty = testData('security/blns.json');

test('naughty strings are kept as they are, and harm no other type', { skip: naughty.skip }, () => {
  const strings = (JSON.parse(readFileSync(naughty.path, 'utf8')) as string[]).filter((one) => one !== '');
  const storable = strings.filter((one) => one.isWellFormed() && !one.includes('\0'));
  assert.deepEqual(readColumn(plainField('s'), storable), storable);
  for (const draft of mapFields(
    FIELDS,
    strings.map((one) => FIELDS.map(() => one)),
  )) {
    for (const issue of draft.issues) assert.ok(issue.message.length > 10 && issue.field !== null);
  }
});

test('a moment whose day is remembered is read as one that is not', () => {
  const days =
    '2.1.2025 02.01.25 31.12.2024 2025-01-02 2025-02-30 1/2/2025 13/1/2025 20250102 2.1-2025 0000-01-01'.split(' ');
  const times = ' 10:00| 24:00|T23:59:59| 10:00:00.5| 10:00 Z| 9:05|'.split('|');
  const texts = days.flatMap((day) => times.map((time) => day + time));
  for (const order of ['dmy', 'mdy', null] as const) {
    for (const serials of [null, 1900] as const) {
      const format = { kind: 'date', order, serials, counts: null } as const;
      const { read } = valueReader(plainField('at', 'datetime'), format);
      assert.deepEqual(
        [...texts, ...texts].map(read),
        [...texts, ...texts].map((text) => readDay(text, format, true)),
      );
    }
  }
});

test('what plainly is a phone number is one as it stands', () => {
  const plain = (text: string): boolean => isPlainPhone(Buffer.from(text), 0, text.length);
  assert.ok(['(030) 123 45 67', '555.123.4567', '+1/555/1234567'].every(plain));
  const not = [' 081234567890', '081234567890 ', '81234567890.0', '(030)', '08x12345678', '++4712345678'];
  assert.deepEqual(not.filter(plain), []);
});
