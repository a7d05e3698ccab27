import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { statusOf } from '../../src/dialects/answer.ts';
import type { Dialect, Route, Wire } from '../../src/dialects/dialect.ts';

/** Dialects whose answers are held against what their routes say they answer. */
export interface HeldAnswers {
  readonly dialects: readonly Dialect[];
  /** Throws when an answer so far had another status than its route's, or held more, less or something else. */
  assertHeld(): void;
}

/** Has every successful answer of these dialects held against its route, as the API page shows it. */
export function holdAnswers(dialects: readonly Dialect[]): HeldAnswers {
  const differences = new Map<string, unknown>();
  const held = (route: Route, name: string): Route => ({
    ...route,
    async answer(request) {
      const wire = await route.answer(request);
      try {
        holdAnswer(route, wire);
      } catch (difference) {
        differences.set(name, difference);
      }
      return wire;
    },
  });
  return {
    dialects: dialects.map((dialect) => ({
      ...dialect,
      routes: dialect.routes.map((route) => held(route, `${route.method} ${dialect.prefix}${route.path}`)),
    })),
    assertHeld() {
      const told = [...differences].map(([name, difference]) => `${name}: ${String(difference)}`);
      assert.equal(told.length, 0, `Answers are not what the API page says.\n${told.join('\n')}`);
    },
  };
}

function holdAnswer({ status, answers, answersAs }: Route, wire: Wire): void {
  const { body } = wire;
  if (statusOf(wire) >= 300) return;
  if (status !== undefined) assert.equal(statusOf(wire), status);
  if (answers === undefined || typeof body === 'string' || body instanceof Readable) return;
  assert.equal(answersAs, undefined, 'it is JSON');
  const sent: unknown = JSON.parse(JSON.stringify(body ?? null));
  // What a schema does not know it leaves out.
  assert.deepEqual(answers.parse(sent), sent);
}
