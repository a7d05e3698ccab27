import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ROWS } from '../../src/domain/counters.ts';
import { jobFactsOf } from '../../src/domain/job-facts.ts';

const NOTHING = {
  kind: null,
  status: null,
  operation: null,
  counters: null,
  total: null,
  startedAt: null,
  completedAt: null,
  error: null,
  migrationId: null,
};

test('facts of a job are read as they were written', () => {
  const facts = {
    kind: 'import',
    status: 'failed',
    operation: 'Reading',
    counters: { ...NO_ROWS, created: 3, failed: 1 },
    total: 4,
    startedAt: '2026-01-01T00:00:00.000Z',
    completedAt: '2026-01-01T00:00:01.000Z',
    error: { code: 'source_gone', message: 'The source is gone.' },
    migrationId: '0198c0de-0000-7000-8000-000000000001',
  };
  assert.deepEqual(jobFactsOf(facts), facts);
});

test('an event that knows less tells null, and what it does not count is none', () => {
  assert.deepEqual(jobFactsOf({}), NOTHING);
  assert.deepEqual(jobFactsOf({ counters: { created: 2 } }), { ...NOTHING, counters: { ...NO_ROWS, created: 2 } });
});

test('what is no such fact is not known', () => {
  const odd = {
    kind: 'dance',
    status: 1,
    counters: 'many',
    total: '4',
    startedAt: 5,
    error: { code: 'x' },
    operation: [],
  };
  assert.deepEqual(jobFactsOf(odd), NOTHING);
});
