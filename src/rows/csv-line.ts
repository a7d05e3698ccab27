import { withGuard } from './formula-guard.ts';

const NEEDS_QUOTES = /[",\r\n]/u;

/** A line of a CSV file (RFC 4180), its end included. */
export function csvLine(values: readonly string[]): string {
  return `${values.map(quoted).join(',')}\r\n`;
}

/** A cell of a CSV file that a spreadsheet will not run. */
export function guardedCell(text: string): string {
  return quoted(mayNeedGuard(text) ? withGuard(text) : text);
}

function quoted(value: string): string {
  return NEEDS_QUOTES.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Tells most texts apart from those that begin as a formula might, by less than a pattern costs. */
function mayNeedGuard(text: string): boolean {
  const first = text.charCodeAt(0);
  return first < 0x30 || first === 0x3d || first === 0x40;
}
