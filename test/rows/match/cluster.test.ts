import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cluster } from '../../../src/rows/match/cluster.ts';
import type { Edge } from '../../../src/rows/match/cluster.ts';

const edge = (a: string, b: string, probability: number): Edge => ({ a, b, probability });

test('what is like becomes a group, what is unlike stays alone', () => {
  const edges = [edge('a', 'b', 0.99), edge('b', 'c', 0.97), edge('a', 'c', 0.6), edge('x', 'y', 0.5)];
  assert.deepEqual(cluster(edges, 0.85), [['a', 'b', 'c']]);
});

test('one sure edge does not chain two groups of strangers', () => {
  const edges = [edge('a', 'b', 0.99), edge('c', 'd', 0.99), edge('b', 'c', 0.9)];
  assert.deepEqual(cluster(edges, 0.85), [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('two who are two for certain are never in one group, even through a third', () => {
  const edges = [edge('a', 'b', 0.99), edge('b', 'c', 0.98), { ...edge('a', 'c', 0), vetoed: true }];
  assert.deepEqual(cluster(edges, 0.85), [['a', 'b']]);
});

test('the groups are the same for any order of edges and either direction', () => {
  const ids = Array.from({ length: 40 }, (_, at) => `r${at}`);
  const edges = ids.flatMap((a, i) =>
    ids.slice(i + 1, i + 5).map((b, j) => edge(a, b, [0.99, 0.9, 0.9, 0.4][(i * 7 + j * 3) % 4] ?? 0)),
  );
  const expected = cluster(edges, 0.85);
  for (let turn = 1; turn < 20; turn++) {
    const mixed = edges.map((_, at) => edges[(at * 37 + turn * 11) % edges.length] ?? edge('', '', 0));
    assert.deepEqual(cluster(turn % 2 === 0 ? mixed : mixed.map((e) => edge(e.b, e.a, e.probability)), 0.85), expected);
  }
});
