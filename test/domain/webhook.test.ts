import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ROWS } from '../../src/domain/counters.ts';
import type { Counters } from '../../src/domain/counters.ts';
import { jobFactsOf } from '../../src/domain/job-facts.ts';
import { messageOf, webhookEventOf } from '../../src/domain/webhook.ts';

const AT = new Date('2026-01-02T03:04:05.678Z');

/** What a webhook is told of an import that came to its end with these outcomes: event, status and error. */
function told(changes: Partial<Counters>): unknown[] {
  const data = { kind: 'import', status: 'completed', counters: { ...NO_ROWS, ...changes } };
  const event = webhookEventOf('job.completed', data);
  assert.ok(event);
  const job = { ...jobFactsOf(data), jobId: 'j', profileId: null, importerId: 'i', context: null, createdAt: '' };
  const message = JSON.parse(messageOf(event, AT, job)) as { data: Record<string, unknown> };
  return [event, message.data['status'], message.data['error']];
}

test('an import of which no row could be taken is told as failed, as it is shown; with one row, or without any, it is completed', () => {
  const message = 'No row of the file could be taken; its issues say why.';
  assert.deepEqual(told({ failed: 3 }), ['import.failed', 'failed', { code: 'no_row_taken', message }]);
  assert.deepEqual(told({ failed: 3, skipped: 1 }), ['import.completed', 'completed', null]);
  assert.deepEqual(told({}), ['import.completed', 'completed', null]);
  assert.equal(webhookEventOf('job.validated', { counters: { ...NO_ROWS, failed: 1 } }), undefined);
});
