import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { RowBlock } from '../../../src/domain/row-block.ts';
import { describeFormat } from '../../../src/rows/fields/describe-format.ts';
import { FormatEvidence, plainFormats } from '../../../src/rows/fields/format-evidence.ts';
import { fieldRule, mapFields, readColumn } from '../../support/importer-fields.ts';
import { seeded } from '../../support/seeded.ts';

const day = plainField('d', 'date');
const amount = plainField('n', 'number');
const whole = plainField('i', 'integer');

test('one value that can be read in one way only decides for its column', () => {
  assert.deepEqual(readColumn(day, ['01/02/2025', '31/12/2025']), ['2025-02-01', '2025-12-31']);
  assert.deepEqual(readColumn(day, ['01/02/2025', '12/31/2025']), ['2025-01-02', '2025-12-31']);
  assert.deepEqual(readColumn(amount, ['1.234', '1.234,56']), ['1234', '1234.56']);
  assert.deepEqual(readColumn(amount, ['1,234', '1,234.56']), ['1234', '1234.56']);
  assert.deepEqual(readColumn(amount, ['1.234', '0.5']), ['1.234', '0.5']);
});

test('what cannot be decided is an issue of each value, and what is the same either way is none', () => {
  assert.deepEqual(readColumn(day, ['05/06/2025', '7.7.2025', '2025-01-02']), [
    'The d can be 2025-06-05 or 2025-05-06, and no value of its column tells which; write YYYY-MM-DD or set a date_format.',
    '2025-07-07',
    '2025-01-02',
  ]);
  assert.deepEqual(readColumn(amount, ['1.234', '-2,500', '77']), [
    'The n can be 1.234 or 1234, and no value of its column tells which; write 1.2340 or 1234.',
    'The n can be -2500 or -2.500, and no value of its column tells which; write -2500 or -2.5000.',
    '77',
  ]);
});

test('a column whose values do not agree is not decided by the larger half', () => {
  assert.deepEqual(readColumn(day, ['31/12/2025', '30/12/2025', '12/29/2025', '01/02/2025']), [
    '2025-12-31',
    '2025-12-30',
    '2025-12-29',
    'The d can be 2025-02-01 or 2025-01-02, and the values of its column do not agree; write YYYY-MM-DD or set a date_format.',
  ]);
  assert.deepEqual(readColumn(amount, ['1,5', '1.5', '1.000']).slice(0, 2), ['1.5', '1.5']);
});

test('nearly all of the evidence decides, and what speaks against it is an issue', () => {
  const days = [...Array.from({ length: 40 }, () => '31/12/2025'), '12/31/2025', '01/02/2025'];
  assert.deepEqual(readColumn(day, days).slice(-2), [
    'The d is no day in the order of its column, DD/MM/YYYY, which 41 of its values have.',
    '2025-02-01',
  ]);
  const amounts = [...Array.from({ length: 40 }, () => '0,5'), '0.5', '1.000'];
  assert.deepEqual(readColumn(amount, amounts).slice(-2), [
    'The n is not written like the other values of its column, such as 1.234,56.',
    '1000',
  ]);
});

test('a whole number tells groups of digits from a fraction', () => {
  assert.deepEqual(readColumn(whole, ['1,234', '5', '12,345,678']), ['1234', '5', '12345678']);
  assert.deepEqual(readColumn(whole, ['1.5']), ['The i must be a whole number.']);
});

test('numbers keep all their digits, whatever stands around them', () => {
  const written = {
    '9.007.199.254.740.993,10': '9007199254740993.10',
    '€ 12,50': '12.50',
    '-€12,50': '-12.50',
    '(1.000,00)': '-1000.00',
    '7,-': null,
    '12,00-': '-12.00',
    '\u221212,5': '-12.5',
    '1 234 567,8': '1234567.8',
    "1'234,5": '1234.5',
    '12,5 EUR': '12.5',
    '12,5%': null,
    '1.23.456,7': null,
    NaN: null,
  };
  const read = readColumn(amount, ['0,5', ...Object.keys(written)]).slice(1);
  Object.entries(written).forEach(([given, expected], index) => {
    const value = read[index] ?? '';
    if (expected === null) assert.ok(value.startsWith('The n '), `${given}: ${value}`);
    else assert.equal(value, expected, given);
  });
});

test('amounts of one currency are amounts, those of several say what they are', () => {
  assert.deepEqual(readColumn(amount, ['Rp 1.500.000', 'Rp2.000.000,00', '5', 'IDR 7']), [
    '1500000',
    '2000000.00',
    '5',
    '7',
  ]);
  assert.deepEqual(readColumn(amount, ['$5', '6 EUR', '7']), [
    'The n has a currency, and its column has several: $ (1), EUR (1).',
    'The n has a currency, and its column has several: $ (1), EUR (1).',
    '7',
  ]);
});

test('days are read as people write them', () => {
  const written = {
    '31.12.2025': '2025-12-31',
    '31. 12. 2025': '2025-12-31',
    '31-12-2025': '2025-12-31',
    '2025/12/31': '2025-12-31',
    '20251231': '2025-12-31',
    '31 Dec 2025': '2025-12-31',
    'Dec 31, 2025': '2025-12-31',
    'December 31st, 2025': '2025-12-31',
    '31-DEC-25': '2025-12-31',
    '31. Dezember 2025': '2025-12-31',
    '1er février 2025': '2025-02-01',
    '31 de diciembre de 2025': '2025-12-31',
    '31 Desember 2025': '2025-12-31',
    '2025-12-31T23:30:00-02:00': '2026-01-01',
    '29/02/2024': '2024-02-29',
  };
  assert.deepEqual(readColumn(day, Object.keys(written)), Object.values(written));
  for (const given of ['29/02/2025', '31/04/2025', '0/1/2025', '45657', '31 Foo 2025', '1/2', '12/2025', '99999999']) {
    assert.ok(readColumn(day, [given])[0]?.startsWith('The d '), given);
  }
});

test('years of two digits are read where the order of the day is known', () => {
  assert.deepEqual(readColumn(day, ['31/12/99', '01/02/25']), ['1999-12-31', '2025-02-01']);
  assert.match(readColumn(day, ['01/02/25'])[0] ?? '', /can be 2025-02-01 or 2025-01-02 or 2001-02-25, and no value/u);
});

test('times are read beside their days', () => {
  const time = plainField('t', 'datetime');
  const written = {
    '31/12/2025 10:05': '2025-12-31 10:05:00+00',
    '31/12/2025 12:05:06 AM': '2025-12-31 00:05:06+00',
    '31/12/2025, 1:05 p.m.': '2025-12-31 13:05:00+00',
    '31.12.2025 10:05:06,250': '2025-12-31 10:05:06.25+00',
    '2025-12-31T10:05:06.123456+0530': '2025-12-31 04:35:06.123456+00',
    '20251231T100506Z': '2025-12-31 10:05:06+00',
    'Dec 31, 2025 10:05 UTC': '2025-12-31 10:05:00+00',
    '31/12/2025': '2025-12-31 00:00:00+00',
  };
  assert.deepEqual(readColumn(time, Object.keys(written)), Object.values(written));
  assert.ok(readColumn(time, ['31/12/2025 25:00'])[0]?.startsWith('The t must be a time'));
});

test('a form that is prescribed is the only one', () => {
  const forms: [form: string, given: string, expected: string | null][] = [
    ['DD/MM/YYYY', '05/06/2025', '2025-06-05'],
    ['MM/DD/YYYY', '05/06/2025', '2025-05-06'],
    ['%m/%d/%Y', '5/6/2025', '2025-05-06'],
    ['dd.mm.yyyy', '05.06.2025', '2025-06-05'],
    ['YYYY-MM-DD', '2025-06-05', '2025-06-05'],
    ['YYYY-MM-DD', '05/06/2025', null],
    ['YYYY-MM-DD', '2025-02-30', null],
    ['%d-%b-%y', '05-Jun-25', '2025-06-05'],
    ['D [de] MMMM [de] YYYY', '5 de junio de 2025', '2025-06-05'],
    ['%F', '2025-06-05', '2025-06-05'],
    ['YYYYMMDD', '20250605', '2025-06-05'],
    ['DDMMYYYY', '05062025', '2025-06-05'],
    ['MM/DD/YYYY hh:mm A', '05/06/2025 11:30 PM', '2025-05-06'],
  ];
  for (const [form, given, expected] of forms) {
    const [read] = readColumn({ ...day, validations: [fieldRule('date_format', form)] }, [given]);
    if (expected === null) assert.ok(read?.startsWith('The d '), form);
    else assert.equal(read, expected, form);
  }
  assert.deepEqual(
    readColumn(plainField('t', 'datetime', { validations: [fieldRule('date_format', '%Y-%m-%dT%H:%M:%S%z')] }), [
      '2025-06-05T10:00:00+0200',
    ]),
    ['2025-06-05 08:00:00+00'],
  );
});

test('numbers are days where they may have come out of a workbook, and all of the column are', () => {
  const decided = (values: readonly string[], maySerial: boolean) => {
    const evidence = new FormatEvidence([day], [0], null, maySerial);
    evidence.add(RowBlock.of(values.map((value) => [value])));
    const [format] = evidence.decide();
    return format && describeFormat(format);
  };
  const days = ['45657', '45658.5', '25569', ''];
  assert.deepEqual(decided(days, true), { format: 'days since 1900', evidence: { values: 3, serials: 3 } });
  assert.deepEqual(decided(days, false), { format: null, evidence: { values: 3, neither: 3 } });
  assert.equal(decided([...days, '2025-01-02'], true)?.format, null);
  assert.equal(decided([...days, 'x'], true)?.format, null);
  assert.equal(decided(['2024', '2025'], true)?.format, null);
  assert.equal(decided(['20250102'], true)?.format, null);
});

test('numbers of a spreadsheet are days only where the source says so', () => {
  const serials = (system: 1900 | 1904) => [{ kind: 'date', order: null, serials: system, counts: null }] as const;
  const read = (given: string, system: 1900 | 1904, type: 'date' | 'datetime' = 'date'): string | null => {
    const [draft] = mapFields([plainField('d', type)], [[given]], { formats: serials(system) });
    return draft?.values[0] ?? null;
  };
  assert.equal(read('45657', 1900), '2024-12-31');
  assert.equal(read('44195', 1904), '2024-12-31');
  assert.equal(read('1', 1900), '1900-01-01');
  assert.equal(read('59', 1900), '1900-02-28');
  assert.equal(read('60', 1900), null);
  assert.equal(read('61', 1900), '1900-03-01');
  assert.equal(read('45657.75', 1900, 'datetime'), '2024-12-31 18:00:00+00');
  assert.equal(read('2958466', 1900), null);
});

test('a source that says how it writes is taken at its word', () => {
  const fields = [amount, day];
  const [draft] = mapFields(fields, [['1.234', '2025-01-02']], { formats: plainFormats(fields) });
  assert.deepEqual(draft?.values, ['1.234', '2025-01-02']);
  const [wrong] = mapFields(fields, [['1,234', '05/06/2025']], { formats: plainFormats(fields) });
  assert.deepEqual(
    wrong?.issues.map(({ field }) => field),
    ['n', 'd'],
  );
});

test('a source that writes days in its own way need not keep a prescribed form', () => {
  const fields = [{ ...day, validations: [fieldRule('date_format', 'DD/MM/YYYY')] }];
  const rows = [['05/06/2025'], ['2025-06-05'], ['31/02/2025']];
  const told = mapFields(fields, rows, { formats: plainFormats(fields) });
  const wrong = 'The d does not match the format DD/MM/YYYY.';
  assert.deepEqual(
    told.map(({ values, issues }) => issues[0]?.message ?? values[0]),
    ['2025-06-05', '2025-06-05', wrong],
  );
  assert.deepEqual(
    mapFields(fields, rows).map(({ values, issues }) => issues[0]?.message ?? values[0]),
    ['2025-06-05', wrong, wrong],
  );
});

test('parts of a file, counted anywhere in any order and carried as JSON, decide as the whole does', () => {
  const random = seeded(7);
  const fields = [day, amount, whole, plainField('s'), plainField('t', 'datetime')];
  const two = (max: number): string => String(random.between(1, max)).padStart(2, '0');
  for (let round = 0; round < 40; round++) {
    const rows = Array.from({ length: random.between(1, 60) }, () => [
      random.pick([`${two(28)}/${two(random.pick([12, 31]))}/2025`, '2025-01-02', null, 'x', '']),
      random.pick(['1.234', '1,234', '0,5', '12', '€ 5', '$ 6', '1.5', null]),
      random.pick(['1', '1.000', '1,000,000']),
      'text',
      random.pick(['31/12/2025 10:00', '01/02/2025 10:00']),
    ]);
    const columns = fields.map((_, index) => index);
    const all = new FormatEvidence(fields, columns);
    all.add(RowBlock.of(rows));
    const merged = new FormatEvidence(fields, columns);
    const parts = Map.groupBy(rows, () => random.below(3));
    for (const part of parts.values()) {
      const one = new FormatEvidence(fields, columns);
      const cut = random.below(part.length + 1);
      if (cut > 0) one.add(RowBlock.of(part.slice(0, cut)));
      const resumed = new FormatEvidence(fields, columns, JSON.parse(JSON.stringify(one)));
      resumed.add(RowBlock.of(part).after(cut));
      merged.merge(JSON.parse(JSON.stringify(resumed)));
    }
    assert.deepEqual(merged.decide(), all.decide());
  }
});

test('what was decided is told with what was counted', () => {
  const fields = [day, amount, whole];
  const evidence = new FormatEvidence(fields, [0, 1, 2]);
  evidence.add(
    RowBlock.of([
      ['31/12/2025', '€ 1.234', '5'],
      ['01/02/2025', '1,5', '6'],
      ['2025-01-01', null, 'x'],
      ['?', '7', null],
    ]),
  );
  assert.deepEqual(
    evidence.decide().map((format) => (format === null ? null : describeFormat(format))),
    [
      { format: 'DD/MM/YYYY', evidence: { values: 4, clear: 1, neither: 1, day_first: 1, day_or_month_first: 1 } },
      { format: '1.234,56', evidence: { values: 3, neutral: 1, comma: 1, either: 1, in_EUR: 1 } },
      { format: null, evidence: { values: 3, neutral: 2, neither: 1 } },
    ],
  );
});

test('only columns of days and numbers without a form of their own need to be looked at', () => {
  const prescribed = plainField('d', 'date', { validations: [fieldRule('date_format', '%d/%m/%Y')] });
  const fields = [plainField('s'), prescribed, amount];
  assert.equal(new FormatEvidence(fields, [0, 1, null]).isNeeded, false);
  assert.equal(new FormatEvidence(fields, [0, 1, 2]).isNeeded, true);
});
