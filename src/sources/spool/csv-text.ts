import { MAX_ISSUE_VALUE } from '../../domain/record.ts';
import type { CellIssue } from './spooled.ts';

const NEEDS_QUOTES = /[",\n\r]|^\ufeff/;
/** Issues of one row that are told; the others are counted in the last one's message. */
const MAX_ISSUES = 100;

/** A value as it stands in a table file: quoted only where it would not be read back otherwise. */
export function csvValue(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The value that `csvValue` wrote. */
export function csvValueText(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
}

/** A row's last column. */
export function issuesText(issues: readonly CellIssue[]): string {
  if (issues.length === 0) return '';
  const told = issues.slice(0, MAX_ISSUES).map((issue) => ({
    ...issue,
    value: issue.value === null ? null : cut(issue.value),
  }));
  const last = told.at(-1);
  if (last && issues.length > MAX_ISSUES) {
    told[MAX_ISSUES - 1] = { ...last, message: `${last.message} (and ${issues.length - MAX_ISSUES} more cells)` };
  }
  return csvValue(JSON.stringify(told));
}

function cut(text: string): string {
  return text.length > MAX_ISSUE_VALUE ? text.slice(0, MAX_ISSUE_VALUE).toWellFormed() : text.toWellFormed();
}
