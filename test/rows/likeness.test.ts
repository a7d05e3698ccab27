import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitsOf, confidenceOf, MOST_BITS } from '../../src/rows/likeness.ts';

test('what reaches a threshold is printed with no less, and what is as good as certain with 100', () => {
  const below = Array.from({ length: 1001 }, (_, at) => at / 10).filter((one) => confidenceOf(bitsOf(one)) < one);
  assert.deepEqual(below, []);
  assert.equal(confidenceOf(MOST_BITS), 100);
  assert.equal(confidenceOf(bitsOf(100) - 1), 99.9);
  assert.equal(confidenceOf(bitsOf(85) - 0.001), 84.9);
});
