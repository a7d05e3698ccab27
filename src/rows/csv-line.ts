import { csvValues } from '../domain/csv-line.ts';

/** A line of a CSV file (RFC 4180), its end included. */
export function csvLine(values: readonly string[]): string {
  return `${csvValues(values)}\r\n`;
}
