const NEEDS_QUOTES = /[",\r\n]/u;

/** A value as a CSV file has it (RFC 4180). */
export function csvValue(value: string): string {
  return NEEDS_QUOTES.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** The values of one line of a CSV file, without its end. */
export function csvValues(values: readonly string[]): string {
  return values.map(csvValue).join(',');
}
