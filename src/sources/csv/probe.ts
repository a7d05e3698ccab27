import { CSV_LIMITS } from './csv-format.ts';
import type { CsvSyntax } from './csv-format.ts';
import { RecordScanner } from './record-scanner.ts';

const PROBED_RECORDS = 1_000;

export interface ProbedRecord {
  /** The line, from 1, it begins in. */
  readonly line: number;
  readonly values: readonly string[];
}

/** What becomes of the beginning of a text when it is cut by some syntax. */
export interface Probe {
  readonly syntax: CsvSyntax;
  readonly records: readonly ProbedRecord[];
  /** How many values most of the records have; of several such numbers the one that comes first. */
  readonly width: number;
  /** The share of records that have so many. */
  readonly share: number;
  /** Records in which quotes are not where they should be. */
  readonly faulty: number;
  /** Values in quotes. */
  readonly quoted: number;
}

/**
 * Cuts the beginning of a text in UTF-8.
 * @param whole whether nothing follows it; else a record that is not whole is left out
 */
export function probe(text: Buffer, whole: boolean, syntax: CsvSyntax): Probe {
  const scanner = new RecordScanner(syntax, CSV_LIMITS, CSV_LIMITS.columns, { anyColumns: true });
  // The scanner takes escapes out where they lie.
  const bytes = Buffer.concat([text, Buffer.alloc(1)]);
  const quote = syntax.quote?.charCodeAt(0);
  const records: ProbedRecord[] = [];
  let faulty = 0;
  let quoted = 0;
  for (let at = 0; records.length < PROBED_RECORDS; at += scanner.next) {
    const length = bytes.length - 1 - at;
    const rest = bytes.subarray(at);
    scanner.scan(rest, length, whole, 1, length);
    if (scanner.next === 0) break;
    if (scanner.rows === 0) continue;
    const columns = Math.min(scanner.recordColumns, scanner.width);
    const block = scanner.block(rest);
    for (let cell = 0; cell < columns * 2; cell += 2) {
      if (quote !== undefined && rest[(block.cells[cell] ?? 0) - 1] === quote) quoted += 1;
    }
    faulty += scanner.faults.length;
    records.push({ line: scanner.recordLine, values: block.row(0, columns).map((value) => value ?? '') });
  }
  return { syntax, records, faulty, quoted, ...usualWidth(records) };
}

function usualWidth(records: readonly ProbedRecord[]): { width: number; share: number } {
  const counts = new Map<number, number>();
  for (const { values } of records) counts.set(values.length, (counts.get(values.length) ?? 0) + 1);
  let width = 0;
  for (const [values, count] of counts) if (count > (counts.get(width) ?? 0)) width = values;
  return { width, share: records.length === 0 ? 0 : (counts.get(width) ?? 0) / records.length };
}
