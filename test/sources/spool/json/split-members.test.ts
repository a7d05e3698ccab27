import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemberSplitter } from '../../../../src/sources/spool/json/split-members.ts';

const LIMITS = { elementBytes: 1_000, memberBytes: 100 };

function split(text: string | Buffer, chunk = 1_000, limits = LIMITS): string[] {
  const splitter = new MemberSplitter(['rows', 'more'], limits);
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    for (const piece of splitter.push(bytes.subarray(at, at + chunk))) {
      pieces.push(`${piece.kind === 'member' ? piece.name : `${piece.list}[]`} ${piece.text}`);
    }
  }
  splitter.end();
  return pieces;
}

const BODY = ` {"rows" : [ {"a":"]},{\\"" , "b":[1,{}]} ,2,"x\\\\",[] ] , "k":"v","more":[],"n\\u0061":{"z":[1,2]},"e":12 }\n`;
const PIECES = [
  'rows[] {"a":"]},{\\"" , "b":[1,{}]}',
  'rows[] 2',
  'rows[] "x\\\\"',
  'rows[] []',
  'k "v"',
  'na {"z":[1,2]}',
  'e 12',
];

test('an object comes apart into members and the elements of its lists, wherever its bytes are cut', () => {
  for (let chunk = 1; chunk < 20; chunk++) assert.deepEqual(split(BODY, chunk), PIECES, `in chunks of ${chunk}`);
  assert.deepEqual(split('{}'), []);
  assert.deepEqual(split('{"rows":null}'), ['rows null']);
  assert.deepEqual(split('{"other":[1,2]}'), ['other [1,2]']);
});

test('what is no object, or is cut off, is refused', () => {
  const broken = [
    '',
    '[]',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{a:1}',
    '{"a":1}{',
    '{"rows":[1,]}',
  ];
  for (const text of [
    ...broken,
    '{"rows":[1 2]}',
    '{"rows":[1}',
    '{"rows":[,]}',
    '{"a":1,"a":2}',
    '{"rows":[],"rows":[]}',
    '"x"',
  ]) {
    assert.throws(() => split(text), { code: 'bad_request' }, text);
  }
  assert.throws(() => split(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), { code: 'bad_request' });
});

test('no element and not all members together are longer than allowed', () => {
  assert.throws(() => split(`{"rows":["${'x'.repeat(1_000)}"]}`), { code: 'too_large' });
  assert.throws(() => split(`{"a":"${'x'.repeat(50)}","b":"${'x'.repeat(50)}"}`), { code: 'too_large' });
  assert.equal(split(`{"rows":[${'"xxxxxxxxxx",'.repeat(500)}1]}`).length, 501);
});
