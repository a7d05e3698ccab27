import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanFileName } from '../../src/platform/file-name.ts';
import { parseParameters } from '../../src/platform/header-parameters.ts';

const parsed = (header: string): unknown[] => {
  const { value, parameters } = parseParameters(header);
  return [value, Object.fromEntries(parameters)];
};
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

describe('a header with parameters', () => {
  test('is read in all the forms it is written in', () => {
    assert.deepEqual(parsed('Form-Data; name="a"; filename="b.csv"'), ['form-data', { name: 'a', filename: 'b.csv' }]);
    assert.deepEqual(parsed('attachment;filename=b.csv'), ['attachment', { filename: 'b.csv' }]);
    assert.deepEqual(parsed('a; x="1;2\\"3\\\\" ; Y = z'), ['a', { x: '1;2"3\\', y: 'z' }]);
    assert.deepEqual(parsed(latin1('a; x="Käufer €"')), ['a', { x: 'Käufer €' }]);
    assert.deepEqual(parsed('a; x="\xe4"'), ['a', { x: 'ä' }]);
    assert.deepEqual(parsed("a; x*=iso-8859-1'de'%E4; x=plain"), ['a', { x: 'ä' }]);
    assert.deepEqual(parsed("a; x=plain; x*=UTF-8''%e2%82%ac"), ['a', { x: '€' }]);
    assert.deepEqual(parsed('text/csv; charset="UTF-16LE"'), ['text/csv', { charset: 'UTF-16LE' }]);
    assert.deepEqual(parsed('text/csv'), ['text/csv', {}]);
  });

  test('that is not well made gives what can be read of it, and quickly', () => {
    assert.deepEqual(parsed(''), ['', {}]);
    assert.deepEqual(parsed(';;;'), ['', {}]);
    assert.deepEqual(parsed('a; x="open'), ['a', {}]);
    assert.deepEqual(parsed('a; x=1; x=2; =3; y=4'), ['a', { x: '1' }]);
    assert.deepEqual(parsed("a; x*=klingon''%00"), ['a', { 'x*': "klingon''%00" }]);
    assert.equal(parseParameters(`a${';b=c'.repeat(10_000)}`).parameters.size, 1);
    parseParameters(`a; x="${'\\"'.repeat(200_000)}`);
    parseParameters(`a; ${' '.repeat(200_000)}x`);
  });
});

test('a name of a file is fit to be shown, and no path', () => {
  assert.equal(cleanFileName('/a/b\\c.csv'), 'c.csv');
  assert.equal(cleanFileName('..'), null);
  assert.equal(cleanFileName(' \n '), null);
  assert.equal(cleanFileName('a\r\n\0b'), 'ab');
  const long = cleanFileName(`${'😀'.repeat(300)}.xlsx`) ?? '';
  assert.ok(long.length <= 255 && long.endsWith('😀.xlsx') && long.isWellFormed());
});
