import type { Probe, ProbedRecord } from './probe.ts';

export interface FoundHeader {
  /** The line, from 1, it begins in; null when the first record is one like the others. */
  readonly headerRow: number | null;
  readonly columns: readonly string[];
  readonly evidence: string;
}

/** Records before the header that may be titles and notes. */
const TITLES_AT_MOST = 30;
/** Records that the first one is compared with. */
const COMPARED = 200;

/** Records in which it means something that a value comes again. */
const LONG = 10;

/** A number, date, time, e-mail or web address: what a column holds rather than what it is called. */
const DATUM =
  /^(?:[+-]?[\d.,' ]*\d%?|[$€£]\s?[\d.,]+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,2}:\d{2}(?::\d{2})?|[^\s@]+@[^\s@]+\.[^\s@]+|https?:\/\/\S+|true|false)$/i;
const YEAR = /^(?:19|20)\d\d$/;

/**
 * Finds the header: the first record that is not a title, unless its values are such as the other rows have.
 * @param given the line it is said to be in, null for none, undefined when nothing is said
 * @param directives lines at the beginning that are none
 */
export function detectHeader(probe: Probe, given: number | null | undefined, directives: number): FoundHeader {
  const records = probe.records.filter(({ line }) => line > directives);
  if (given === null) return without(probe, 'It was said to have no header.');
  if (given !== undefined) {
    const columns = records.find(({ line }) => line >= given)?.values ?? [];
    return { headerRow: given, columns, evidence: 'The header row was given.' };
  }
  const at = records.slice(0, TITLES_AT_MOST).findIndex((record) => !isTitle(record, probe.width));
  const header = records[Math.max(0, at)];
  if (header === undefined) return { headerRow: 1, columns: [], evidence: 'It has no rows.' };
  const data = dataAmong(header, records.slice(Math.max(0, at) + 1, COMPARED));
  const values = header.values.filter((value) => value.trim() !== '').length;
  // Titles are told from data by what follows them, so what follows them is a header.
  if (at <= 0 && directives === 0 && values > 0 && data * 2 >= values) {
    return without(probe, `No header: ${data} of the ${values} values of the first row are such as other rows have.`);
  }
  const before = header.line - 1;
  const evidence =
    `The header is in line ${header.line}: ${data} of its ${values} values are such as other rows have` +
    (before === 0 ? '.' : `, and the ${before === 1 ? 'line' : `${before} lines`} before it are blank or titles.`);
  return { headerRow: header.line, columns: header.values, evidence };
}

function without({ width }: Probe, evidence: string): FoundHeader {
  return { headerRow: null, columns: Array.from({ length: width }, (_, index) => `column_${index + 1}`), evidence };
}

/** A title fills few of the columns; a header may leave one empty, but not most. */
function isTitle({ values }: ProbedRecord, width: number): boolean {
  const filled = values.filter((value) => value.trim() !== '').length;
  if (values.length < width) return filled <= Math.max(1, width / 2);
  return filled === 0 || (width > 2 && filled === 1);
}

/** How many values of the first row are data: they look like it, or are found again in their column, if it is long. */
function dataAmong({ values }: ProbedRecord, others: readonly ProbedRecord[]): number {
  const years = values.filter((value) => YEAR.test(value.trim()));
  // Columns that are called 2023, 2024 …
  const yearsAreNames = years.length > 1 && new Set(years).size === years.length;
  return values.filter((value, column) => {
    const text = value.trim();
    if (text === '' || (yearsAreNames && YEAR.test(text))) return false;
    return DATUM.test(text) || (others.length >= LONG && others.some((other) => other.values[column]?.trim() === text));
  }).length;
}
