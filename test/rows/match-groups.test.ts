import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupNodes, limitsOf } from '../../src/rows/match-groups.ts';
import type { GroupLink, GroupNode } from '../../src/rows/match-groups.ts';

const LIMITS = limitsOf(85);
const SURE = 12;
const DOUBTFUL = 1;
const NEVER = Number.NEGATIVE_INFINITY;

const row = (id: string, place: number): GroupNode => ({ id, place, exists: false });
const record = (id: string): GroupNode => ({ id, place: 0, exists: true });
const link = (a: string, b: string, bits: number): GroupLink => ({ a, b, bits });

/** Who belongs to whom, or may belong to. */
function memberships(nodes: readonly GroupNode[], links: readonly GroupLink[]): Record<string, string> {
  const found = groupNodes(nodes, links, LIMITS);
  const reversed = groupNodes(nodes.toReversed(), links.toReversed(), LIMITS);
  const told = (all: typeof found): Record<string, string> =>
    Object.fromEntries(
      all
        .toSorted((x, y) => (x.node < y.node ? -1 : 1))
        .map(({ node, group, review }) => [node, review ? `${group}?` : group]),
    );
  assert.deepEqual(told(reversed), told(found), 'no order of nodes and links changes it');
  return told(found);
}

test('rows like a record belong to it, and rows like each other to one another', () => {
  assert.deepEqual(
    memberships([record('R'), row('a', 1), row('b', 2), row('c', 3)], [link('R', 'a', SURE), link('b', 'c', SURE)]),
    { a: 'R', b: 'b', c: 'b' },
  );
});

test('what is in doubt waits: for a record, or for the rows that come first', () => {
  assert.deepEqual(memberships([record('R'), row('a', 1)], [link('R', 'a', DOUBTFUL)]), { a: 'R?' });
  assert.deepEqual(memberships([row('a', 2), row('b', 1)], [link('a', 'b', DOUBTFUL)]), { a: 'b?' });
});

test('two records that exist never become one, and a row belongs to the likest', () => {
  assert.deepEqual(
    memberships(
      [record('R'), record('S'), row('a', 1)],
      [link('R', 'a', SURE), link('S', 'a', SURE + 1), link('R', 'S', SURE)],
    ),
    { a: 'S' },
  );
});

test('of two that are two for certain, a third that is like both joins one, and the other is new', () => {
  const found = memberships(
    [row('a', 1), row('b', 2), row('c', 3)],
    [link('a', 'c', SURE), link('b', 'c', SURE - 1), link('a', 'b', NEVER)],
  );
  assert.deepEqual(found, { a: 'a', c: 'a' });
});

test('a row that is like one record alone comes to what it comes to among others', () => {
  for (const bits of [NEVER, -3, DOUBTFUL, SURE, 60]) {
    const alone = memberships([record('R'), row('a', 1)], [link('R', 'a', bits)]);
    const others = [record('S'), row('b', 2)];
    const among = memberships([record('R'), row('a', 1), ...others], [link('R', 'a', bits), link('S', 'b', SURE)]);
    assert.deepEqual({ ...alone, b: 'S' }, among);
  }
});

test('what waits itself is nobody to wait for', () => {
  assert.deepEqual(
    memberships([record('R'), row('a', 1), row('b', 2)], [link('R', 'a', DOUBTFUL), link('a', 'b', DOUBTFUL)]),
    { a: 'R?' },
  );
});

test('a node that stands for several rows is a group by itself, and nobody’s like is left out', () => {
  assert.deepEqual(memberships([row('a', 1)], [link('a', 'a', SURE)]), { a: 'a' });
  assert.deepEqual(memberships([row('a', 1), row('b', 2)], [link('a', 'b', -3)]), {});
});
