import type { RowIssue } from '../../domain/record.ts';
import type { RowBlock } from '../../domain/row-block.ts';
import { badTexts } from './bad-text.ts';
import { ByteWindow } from './byte-window.ts';
import { batchRows, CSV_LIMITS } from './csv-format.ts';
import type { CsvFormat, CsvLimits, ReadBytes } from './csv-format.ts';
import { issueOfText, issuesOf } from './csv-issue.ts';
import { countLineEnds, LineEnds } from './line-ends.ts';
import type { CsvRange } from './plan-csv.ts';
import { RecordScanner } from './record-scanner.ts';
import { scanWindow } from './scan-window.ts';

/** Rows in file order. They are the reader's until it asks for the next batch, which may be written over them. */
export interface CsvBatch {
  /** As many columns as the header has names; an empty value is null. */
  readonly rows: RowBlock;
  /** The offset of the byte after the batch: reading goes on there. */
  readonly position: number;
  /** What is wrong with rows, by their place in `rows`, from 0. */
  readonly issues: ReadonlyMap<number, readonly RowIssue[]>;
}

/**
 * Reads a range of a UTF-8 file. Memory is a window of 1 MiB, or four times the largest record.
 * @param format with the columns the plan found
 * @param position where an earlier reading ended, as its last batch said; null for the range's start
 * @throws AppError `source_rejected` for a record beyond the limits; the signal's reason
 */
export async function* readCsv(
  read: ReadBytes,
  format: CsvFormat,
  range: Pick<CsvRange, 'start' | 'end' | 'line'>,
  position: number | null = null,
  signal?: AbortSignal,
  limits: Partial<CsvLimits> = {},
): AsyncGenerator<CsvBatch, void, undefined> {
  const bounds = { ...CSV_LIMITS, ...limits };
  const bytesOf = (start: number, end: number): AsyncIterable<Uint8Array> =>
    read({ start, end, ...(signal && { signal }) });
  const start = position ?? range.start;
  const passed = start > range.start ? await countLineEnds(bytesOf(range.start, start)) : 0;
  const width = format.columns.length;
  const scanner = new RecordScanner(format, bounds, width, { line: range.line + passed });
  const window = new ByteWindow(bytesOf(start, range.end), start);
  try {
    for (;;) {
      const { line } = scanner;
      const bytes = await scanWindow(window, scanner, batchRows(bounds, width), { signal });
      if (bytes === null) return;
      if (scanner.rows === 0) continue;
      const rows = scanner.block(bytes);
      yield { rows, position: window.position, issues: issuesByRow(scanner, rows, line) };
    }
  } finally {
    await window.close();
  }
}

const NO_ISSUES: ReadonlyMap<number, readonly RowIssue[]> = new Map();

function issuesByRow(
  { faults, width }: RecordScanner,
  rows: RowBlock,
  firstLine: number,
): ReadonlyMap<number, readonly RowIssue[]> {
  const bad = badTexts(rows);
  if (faults.length === 0 && bad.length === 0) return NO_ISSUES;
  const issues = new Map(faults.map((fault) => [fault.row, issuesOf(fault, width)]));
  const before = new LineEnds();
  let counted = 0;
  for (const text of bad) {
    const start = rows.cells[(text.row * width + text.column - 1) * 2] ?? 0;
    before.add(rows.bytes, counted, start);
    counted = start;
    const issue = issueOfText(text, firstLine + before.count, rows.value(text.row, text.column - 1) ?? '');
    issues.set(text.row, [...(issues.get(text.row) ?? []), issue]);
  }
  return issues;
}
