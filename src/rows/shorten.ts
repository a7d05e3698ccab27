import { MAX_ISSUE_VALUE } from '../domain/record.ts';

/** A value as an issue shows it; never cut in the middle of a character. */
export function shorten(value: string): string {
  if (value.length <= MAX_ISSUE_VALUE) return value;
  return `${value.slice(0, MAX_ISSUE_VALUE - 1).replace(HALF_A_CHARACTER, '')}…`;
}

const HALF_A_CHARACTER = /[\ud800-\udbff]$/;
