import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencyOrder } from '../../src/domain/target.ts';
import type { TargetSpec } from '../../src/domain/target.ts';

/** A target that refers to the others named. */
function target(type: string, ...refersTo: string[]): TargetSpec {
  return {
    type,
    label: type,
    schema: 'target',
    table: type,
    fields: refersTo.map((references) => ({
      name: `${references}_id`,
      column: `${references}_id`,
      type: 'reference',
      required: false,
      references,
    })),
    identity: [],
    anyOf: [],
    builtin: false,
  };
}

const order = (...specs: TargetSpec[]): string[] => dependencyOrder(specs).map((spec) => spec.type);

test('what is referred to comes before what refers, at any distance', () => {
  assert.deepEqual(
    order(target('entries', 'tickets'), target('tickets', 'users', 'agents'), target('agents'), target('users')),
    ['users', 'agents', 'tickets', 'entries'],
  );
});

test('targets that do not refer to each other keep their order', () => {
  assert.deepEqual(order(target('c'), target('a'), target('b')), ['c', 'a', 'b']);
});

test('a target that is not imported holds nothing up', () => {
  assert.deepEqual(order(target('tickets', 'users'), target('agents')), ['tickets', 'agents']);
});

test('targets that refer to each other or to themselves come once each', () => {
  assert.deepEqual(order(target('a', 'b'), target('b', 'a'), target('tree', 'tree')).toSorted(), ['a', 'b', 'tree']);
});
