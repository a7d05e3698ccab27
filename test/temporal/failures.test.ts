import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { AppError, ERROR_CODES, invalid } from '../../src/domain/errors.ts';
import { toFailure } from '../../temporal/failures.ts';

function failure(error: unknown): ApplicationFailure {
  const made = toFailure(error);
  assert.ok(made instanceof ApplicationFailure);
  return made;
}

test('an error becomes a failure with its code, sentence and facts', () => {
  const { type, message, details, nonRetryable } = failure(
    invalid({ base_table: ['The table contacts does not exist.'] }),
  );
  assert.deepEqual(
    { type, message, details, nonRetryable },
    {
      type: 'validation',
      message: 'Validation failed',
      details: [{ fields: { base_table: ['The table contacts does not exist.'] } }],
      nonRetryable: true,
    },
  );
});

test('what waiting may mend is tried again, what it cannot is not', () => {
  const again = ERROR_CODES.filter((code) => failure(new AppError(code, 'x')).nonRetryable !== true);
  assert.deepEqual(again, [
    'unauthenticated',
    'method_not_allowed',
    'rate_limited',
    'source_unreachable',
    'superseded',
    'stopped',
    'unavailable',
    'internal',
  ]);
});

test('an error that says that it is final is not tried again', () => {
  assert.equal(failure(new AppError('source_unreachable', 'x', { details: { final: true } })).nonRetryable, true);
});

test('a cancel, a failure and what is no error of ours pass as they are', () => {
  for (const error of [
    new CancelledFailure('stopped'),
    ApplicationFailure.create({ message: 'x' }),
    new TypeError('a bug'),
    'text',
    null,
  ]) {
    assert.equal(toFailure(error), error);
  }
});
