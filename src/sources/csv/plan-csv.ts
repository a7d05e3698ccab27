import { AppError } from '../../domain/errors.ts';
import { RowBlock } from '../../domain/row-block.ts';
import { badTexts } from './bad-text.ts';
import type { BadText } from './bad-text.ts';
import { ByteWindow } from './byte-window.ts';
import { batchRows, CSV_LIMITS } from './csv-format.ts';
import type { CsvFormat, CsvLimits, ReadBytes } from './csv-format.ts';
import { issuesOf } from './csv-issue.ts';
import type { RecordFault } from './record-fault.ts';
import { RecordScanner } from './record-scanner.ts';
import { scanWindow } from './scan-window.ts';

/** A part of the file that begins and ends where records do. */
export interface CsvRange {
  /** The offset of its first byte, and the one after its last. */
  readonly start: number;
  readonly end: number;
  readonly rows: number;
  /** Rows of the file before it: its first row has this number plus one. */
  readonly rowBase: number;
  /** The line, from 1, it begins in. */
  readonly line: number;
}

export interface CsvHeader {
  /** The line, from 1, it begins in. */
  readonly line: number;
  /** Records before it, which are no rows. */
  readonly skipped: number;
}

export interface CsvPlan {
  /** Data rows, those with issues included. */
  readonly rows: number;
  /** The header's names, or invented ones. */
  readonly columns: readonly string[];
  /** Null when the file has none. */
  readonly header: CsvHeader | null;
  /** In the order of the file; all data rows are in exactly one. */
  readonly ranges: readonly CsvRange[];
  /** Lines without a character, which are no rows. */
  readonly blankLines: number;
  /** Rows that are not as they should be; reading says how. */
  readonly irregularRows: number;
}

/** Something that looks at all rows of a file, in their order. */
export interface CsvLook {
  /** @param before rows of the file before these */
  rows(rows: RowBlock, before: number): void | Promise<void>;
  endRange?(): void;
}

/**
 * Counts the rows of a UTF-8 file and divides them into ranges that can be read apart, in one pass.
 * @param looksFor what looks at the rows meanwhile, told by the columns; they come as reading gives them
 * @throws AppError `source_rejected` when there is no header to be read, or a record beyond the limits; the signal's
 *   reason
 */
export async function planCsv(
  read: ReadBytes,
  format: CsvFormat,
  limits: Partial<CsvLimits> = {},
  signal?: AbortSignal,
  looksFor: (columns: readonly string[]) => readonly CsvLook[] | Promise<readonly CsvLook[]> = () => [],
): Promise<CsvPlan> {
  const bounds = { ...CSV_LIMITS, ...limits };
  const start = format.bomBytes;
  const window = new ByteWindow(read({ start, ...(signal && { signal }) }), start);
  try {
    const header =
      format.headerRow === null ? null : await findHeader(window, format, format.headerRow, bounds, signal);
    const columns = header?.columns ?? format.columns;
    if (columns.length === 0) throw new AppError('source_rejected', 'The file is empty.');
    return await planRows(window, format, { header, columns, looks: await looksFor(columns) }, bounds, signal);
  } finally {
    await window.close();
  }
}

interface FoundHeader extends CsvHeader {
  readonly columns: readonly string[];
  readonly blankLines: number;
  /** The line behind it. */
  readonly nextLine: number;
}

async function findHeader(
  window: ByteWindow,
  format: CsvFormat,
  headerRow: number,
  limits: CsvLimits,
  signal: AbortSignal | undefined,
): Promise<FoundHeader> {
  const scanner = new RecordScanner(format, limits, limits.columns, { anyColumns: true });
  let skipped = -1;
  for (;;) {
    const bytes = await scanWindow(window, scanner, 1, { signal });
    if (bytes === null) break;
    skipped += scanner.rows;
    if (scanner.rows === 0 || scanner.recordLine < headerRow) continue;
    const { recordLine: line, blankLines, line: nextLine } = scanner;
    return { line, skipped, blankLines, nextLine, columns: headerNames(scanner, bytes, limits) };
  }
  throw new AppError('source_rejected', skipped < 0 ? 'The file is empty.' : `The file has no line ${headerRow}.`);
}

function headerNames(scanner: RecordScanner, bytes: Buffer, limits: CsvLimits): string[] {
  const { recordColumns, recordLine: line, cells } = scanner;
  const refuse = (why: string): never => {
    throw new AppError('source_rejected', `The header in line ${line} cannot be read: ${why}`, { details: { line } });
  };
  if (recordColumns > limits.columns) refuse(`it has ${recordColumns} columns, and ${limits.columns} is the limit.`);
  for (const fault of scanner.faults) {
    for (const issue of issuesOf(fault, limits.columns)) if (issue.fatal) refuse(issue.message);
  }
  const names = new RowBlock(bytes, cells, recordColumns, 1);
  for (const { column, fault } of badTexts(names)) {
    refuse(fault === 'nul' ? `column ${column} holds the character NUL.` : `column ${column} is not UTF-8.`);
  }
  return names.row(0).map((name) => name ?? '');
}

interface PlannedFile {
  readonly header: FoundHeader | null;
  readonly columns: readonly string[];
  readonly looks: readonly CsvLook[];
}

async function planRows(
  window: ByteWindow,
  format: CsvFormat,
  { header, columns, looks }: PlannedFile,
  limits: CsvLimits,
  signal: AbortSignal | undefined,
): Promise<CsvPlan> {
  const scanner = new RecordScanner(format, limits, columns.length, {
    line: header?.nextLine ?? 1,
    counting: looks.length === 0,
  });
  const ranges: CsvRange[] = [];
  let irregularRows = 0;
  let range = { start: window.position, rows: 0, rowBase: 0, line: scanner.line };
  const endRange = (): void => {
    if (range.rows > 0) {
      ranges.push({ ...range, end: window.position });
      for (const look of looks) look.endRange?.();
    }
    range = { start: window.position, rows: 0, rowBase: range.rowBase + range.rows, line: scanner.line };
  };
  for (;;) {
    const batch = Math.min(batchRows(limits, columns.length), limits.rangeRows - range.rows);
    const until = range.start + limits.rangeBytes;
    const bytes = await scanWindow(window, scanner, batch, { until, signal });
    if (bytes === null) break;
    const rows = scanner.block(bytes);
    irregularRows += irregular(scanner.faults, badTexts(rows));
    for (const look of looks) await look.rows(rows, range.rowBase + range.rows);
    range.rows += scanner.rows;
    if (window.position >= until || range.rows >= limits.rangeRows) endRange();
  }
  endRange();
  return {
    rows: range.rowBase,
    columns,
    header: header && { line: header.line, skipped: header.skipped },
    ranges,
    blankLines: scanner.blankLines + (header?.blankLines ?? 0),
    irregularRows,
  };
}

function irregular(faults: readonly RecordFault[], bad: readonly BadText[]): number {
  if (bad.length === 0) return faults.length;
  return new Set([...faults, ...bad].map(({ row }) => row)).size;
}
