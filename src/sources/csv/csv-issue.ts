import { MAX_ISSUE_VALUE } from '../../domain/record.ts';
import type { RowIssue } from '../../domain/record.ts';
import type { BadText } from './bad-text.ts';
import { FAULT } from './record-fault.ts';
import type { RecordFault } from './record-fault.ts';

/** The issues of a record that is not as it should be, in words; `value` is how the record begins. */
export function issuesOf({ line, faults, columns, column, excerpt }: RecordFault, width: number): RowIssue[] {
  const has = (fault: number): boolean => (faults & fault) > 0;
  const where = `in column ${column} of line ${line}`;
  const issue = (fatal: boolean, message: string): RowIssue => rowIssue(message, excerpt, fatal);
  const issues: RowIssue[] = [];
  if (has(FAULT.unclosed)) issues.push(issue(true, `A quote opens ${where} and is never closed.`));
  if (has(FAULT.textAfterQuote)) issues.push(issue(true, `Text follows the closing quote ${where}.`));
  if (has(FAULT.tooLong)) issues.push(issue(true, `The value ${where} is too long.`));
  if (has(FAULT.columns))
    issues.push(issue(columns < width || has(FAULT.surplus), raggedMessage(line, columns, width)));
  if (has(FAULT.strayQuote)) issues.push(issue(false, `A quote stands inside the unquoted value ${where}.`));
  if (has(FAULT.blanksAfterQuote))
    issues.push(issue(false, `Blanks follow the closing quote ${where}; they were left out.`));
  return issues;
}

function raggedMessage(line: number, columns: number, width: number): string {
  return `Line ${line} has ${columns} ${columns === 1 ? 'value' : 'values'} where the header has ${width}.`;
}

/** The issue of a value that is no text, in words. */
export function issueOfText({ column, fault }: BadText, line: number, value: string): RowIssue {
  const where = `in column ${column} of line ${line}`;
  const what = fault === 'nul' ? 'holds the character NUL' : 'is not text in UTF-8';
  return rowIssue(`The value ${where} ${what}.`, value.slice(0, MAX_ISSUE_VALUE), true);
}

function rowIssue(message: string, value: string, fatal: boolean): RowIssue {
  // PostgreSQL cannot keep NUL, neither in a value nor in an issue of one.
  return { field: null, code: 'invalid_format', message, value: value.replaceAll('\0', '\uFFFD'), fatal };
}
