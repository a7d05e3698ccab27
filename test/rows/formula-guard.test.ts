import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withGuard, withoutGuard } from '../../src/rows/formula-guard.ts';
import { seeded } from '../support/seeded.ts';
import { testData } from '../support/test-data.ts';

test('what a spreadsheet would run gets an apostrophe, a plain negative number does not', () => {
  for (const text of ['=1+1', '+1', '-1+1', '@SUM(1)', '\t=1', '\r=1', '-', '--5', '-5e3', "'=1"]) {
    assert.equal(withGuard(text), `'${text}`);
  }
  for (const text of ['-5', '-12.50', '-0,5', 'a=1', '', ' =1', "'a", "it's", '5']) assert.equal(withGuard(text), text);
});

test('every text comes back from behind its guard, and none is run', () => {
  const random = seeded(1);
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: random.below(7) }, () => random.pick(Array.from("'=+-@\t\r\n 1,.a😀"))).join('');
    const guarded = withGuard(text);
    assert.equal(withoutGuard(guarded), text);
    assert.ok(!/^[=+\-@\t\r]/u.test(guarded) || /^-\d+([.,]\d+)?$/u.test(guarded), JSON.stringify(text));
  }
});

const attacks = testData('security/csv-injection.txt');

test('known injections are guarded', { skip: attacks.skip }, () => {
  const lines = readFileSync(attacks.path, 'utf8').split('\n');
  for (const line of lines.filter((one) => /^[=+\-@]/u.test(one))) assert.equal(withGuard(line), `'${line}`);
});
