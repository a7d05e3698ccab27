/** What a spreadsheet takes for the beginning of a formula, or for the end of a cell before one (OWASP, CSV injection). */
const FORMULA = /^'*[=+\-@\t\r]/u;
const GUARDED = /^'+[=+\-@\t\r]/u;
const NEGATIVE_NUMBER = /^-\d+(?:[.,]\d+)?$/u;

/**
 * A text for a cell of a CSV file that a spreadsheet will not run: an apostrophe before what would be a formula. A plain
 * negative number is none. What already begins with apostrophes before a formula gets one more, so that `withoutGuard`
 * gives every text back as it was.
 */
export function withGuard(text: string): string {
  return FORMULA.test(text) && !NEGATIVE_NUMBER.test(text) ? `'${text}` : text;
}

/** The text that `withGuard` was given. */
export function withoutGuard(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text;
}
