import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { plainField, IMPORTER_FIELD_TYPES } from '../../../src/domain/importer.ts';
import { RowBlock } from '../../../src/domain/row-block.ts';
import { isEmail, isPlainEmail } from '../../../src/rows/fields/email.ts';
import { isPhone, isPlainPhone } from '../../../src/rows/fields/phone.ts';
import { readDay } from '../../../src/rows/fields/read-day.ts';
import { valueReader } from '../../../src/rows/fields/read-value.ts';
import { isPlainUrl, isUrl } from '../../../src/rows/fields/url.ts';
import { fieldRule, mapFields, readColumn } from '../../support/importer-fields.ts';
import { seeded } from '../../support/seeded.ts';
import type { Seeded } from '../../support/seeded.ts';
import { testData } from '../../support/test-data.ts';

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
