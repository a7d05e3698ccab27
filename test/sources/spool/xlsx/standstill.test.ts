import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Standstill } from '../../../../src/sources/spool/xlsx/standstill.ts';

/** After how many looks it is said to stand still, each preceded by what happens; 1,000 for never. */
function lasts(before: (at: number, one: Standstill) => void): number {
  const one = new Standstill();
  for (let at = 1; at < 1_000; at++) {
    before(at, one);
    if (one.look()) return at;
  }
  return 1_000;
}

test('a thread that reads on is never taken to stand still, however slowly', () => {
  assert.equal(
    lasts((at, one) => one.beat(at)),
    1_000,
  );
  assert.equal(
    lasts((at, one) => one.beat(Math.floor(at / 25))),
    1_000,
  );
  assert.equal(
    lasts((at, one) => at % 25 === 0 && one.beat(at)),
    1_000,
  );
});

test('a thread stands still that beats no more, or beats and reads nothing', () => {
  assert.equal(
    lasts(() => undefined),
    30,
  );
  assert.equal(
    lasts((_, one) => one.beat(7)),
    31,
  );
});

test('the time in which neither could run does not count: a machine that was asleep is looked at once', () => {
  // Of two hours asleep a timer makes one look.
  assert.equal(
    lasts((at, one) => at === 10 || one.beat(at)),
    1_000,
  );
});
