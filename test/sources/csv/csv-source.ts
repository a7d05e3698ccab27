import { planCsv } from '../../../src/sources/csv/plan-csv.ts';
import type { CsvPlan } from '../../../src/sources/csv/plan-csv.ts';
import { readCsv } from '../../../src/sources/csv/read-csv.ts';
import type { CsvFormat, CsvLimits, ReadBytes } from '../../../src/sources/csv/csv-format.ts';

/** A format as a file of commas has it; `columns` matter only where there is no header. */
export function csvFormat(differing: Partial<CsvFormat> = {}): CsvFormat {
  return {
    encoding: 'utf-8',
    confidence: 1,
    evidence: [],
    bomBytes: 0,
    delimiter: ',',
    quote: '"',
    escape: '"',
    newline: '\n',
    headerRow: 1,
    columns: [],
    ...differing,
  };
}

/** Bytes at hand as a file, given in pieces of `pieceBytes`. */
export function fileOf(bytes: Buffer, pieceBytes: number = 64 * 1024): ReadBytes {
  return async function* ({ start, end = bytes.length }) {
    for (let at = start; at < end; at += pieceBytes)
      yield Buffer.from(bytes.subarray(at, Math.min(end, at + pieceBytes)));
  };
}

export interface ReadRow {
  readonly number: number;
  readonly values: readonly (string | null)[];
  /** The messages of its issues, fatal ones with a `!` in front. */
  readonly issues: readonly string[];
}

/** Plans a file and reads all of its ranges, the last one first. */
export async function readAll(
  read: ReadBytes,
  format: CsvFormat,
  limits: Partial<CsvLimits> = {},
): Promise<{ readonly plan: CsvPlan; readonly rows: readonly ReadRow[] }> {
  const plan = await planCsv(read, format, limits);
  const found = new Map<number, ReadRow[]>();
  for (const range of plan.ranges.toReversed()) {
    const rows: ReadRow[] = [];
    for await (const batch of readCsv(read, { ...format, columns: plan.columns }, range, null, undefined, limits)) {
      batch.rows.rows().forEach((values, index) => {
        const issues = (batch.issues.get(index) ?? []).map(({ fatal, message }) => `${fatal ? '! ' : ''}${message}`);
        rows.push({ number: range.rowBase + rows.length + 1, values, issues });
      });
    }
    found.set(range.rowBase, rows);
  }
  return { plan, rows: plan.ranges.flatMap((range) => found.get(range.rowBase) ?? []) };
}
