import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { compareDecimals } from '../../../src/rows/fields/value-order.ts';
import { isEmail } from '../../../src/rows/fields/email.ts';
import { jsonFault } from '../../../src/rows/fields/json.ts';
import { compilePattern } from '../../../src/rows/fields/pattern.ts';
import { isPhone } from '../../../src/rows/fields/phone.ts';
import { isUrl } from '../../../src/rows/fields/url.ts';
import { readColumn } from '../../support/importer-fields.ts';
import { seeded } from '../../support/seeded.ts';

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
