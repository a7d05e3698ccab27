import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { misfits, outcomeTable } from '../../src/demo/demo-report.ts';
import type { TypeOutcome } from '../../src/demo/demo-report.ts';

/** A type all of whose rows became records, within two seconds. */
function imported(type: string, rows: number): TypeOutcome {
  return {
    type,
    expected: rows,
    recordsBefore: 0,
    recordsAfter: rows,
    job: {
      id: '0198c0de-0000-7000-8000-000000000001',
      status: 'completed',
      records_processed: rows,
      records_imported: rows,
      records_updated: 0,
      records_skipped: 0,
      records_failed: 0,
      records_duplicates: 0,
      records_unprocessed: 0,
      estimated_total: rows,
      started_at: '2026-01-01T00:00:00.000Z',
      completed_at: '2026-01-01T00:00:02.000Z',
      errors: null,
      metadata: { source_counts: { [type]: rows } },
      workflow: null,
    },
  };
}

describe('the report of the demo', () => {
  test('has a line for each type and one for all, and a speed only where there were rows enough to have one', () => {
    assert.deepEqual(outcomeTable([imported('agents', 12), imported('customer_users', 4_000)]), [
      '                 Source   Created   Updated   Skipped   Failed   Balanced   Rows/s',
      'agents               12        12         0         0        0        yes        -',
      'customer_users    4,000     4,000         0         0        0        yes    2,000',
      'all               4,012     4,012         0         0        0        yes    1,003',
    ]);
  });

  test('names every number that does not fit', () => {
    const { job, ...rest } = imported('agents', 12);
    const odd = {
      ...rest,
      expected: 13,
      recordsAfter: 11,
      job: { ...job, status: 'failed', records_failed: 1 },
    } as const;
    assert.deepEqual(misfits(odd), [
      'The job for agents is failed.',
      'agents: 13 rows should be there, the job found 12.',
      'agents: 12 source rows, but 13 have an outcome.',
      'agents: 1 rows failed.',
      'agents: 12 created, but 11 more records are there.',
    ]);
  });
});
