import { csvValue, csvValues } from '../domain/csv-line.ts';
import { withGuard } from './formula-guard.ts';

/** A line of a CSV file (RFC 4180), its end included. */
export function csvLine(values: readonly string[]): string {
  return `${csvValues(values)}\r\n`;
}

/** A cell of a CSV file that a spreadsheet will not run. */
export function guardedCell(text: string): string {
  return csvValue(mayNeedGuard(text) ? withGuard(text) : text);
}

/** Tells most texts apart from those that begin as a formula might, by less than a pattern costs. */
function mayNeedGuard(text: string): boolean {
  const first = text.charCodeAt(0);
  return first < 0x30 || first === 0x3d || first === 0x40;
}
