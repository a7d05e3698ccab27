import assert from 'node:assert/strict';
import { AppError } from '../../../src/domain/errors.ts';
import { createOutboundGuard } from '../../../src/platform/outbound-guard.ts';
import type { OutboundGuard } from '../../../src/platform/outbound-guard.ts';
import { parseOutboundRules } from '../../../src/platform/outbound-rules.ts';
import type { OpenedSource, OpenOptions } from '../../../src/sources/fetch/opened.ts';
import { gather } from '../../support/bytes.ts';

export function guardOf(rules: string): OutboundGuard {
  return createOutboundGuard(parseOutboundRules(rules).rules);
}

/** How a source on this machine is opened, unless a test says otherwise. */
export function options(changes: Partial<OpenOptions> = {}): OpenOptions {
  return { guard: guardOf('127.0.0.0/8, ::1'), signal: new AbortController().signal, stallMs: 2_000, ...changes };
}

/** The error with which opening or reading ends. */
export async function failureOf(opening: Promise<OpenedSource>): Promise<AppError> {
  const error = await opening
    .then(({ body }) => gather(body))
    .then(
      () => assert.fail('it was fetched'),
      (reason: unknown) => reason,
    );
  assert.ok(error instanceof AppError, error instanceof Error ? error.stack : String(error));
  return error;
}

/** Everything an error would show to anybody: messages, details, stacks and causes. */
export function shownOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const details = error instanceof AppError ? JSON.stringify(error.details) : '';
  return [error.stack, error.message, details, error.cause === undefined ? '' : shownOf(error.cause)].join('\n');
}
