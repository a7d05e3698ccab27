import type { SpoolLimits } from '../limits.ts';
import { RowSpool } from '../row-spool.ts';
import type { RowsSpooled } from '../row-spool.ts';
import { OfficePackage } from './package.ts';
import { SharedStrings } from './shared-strings.ts';
import { SheetReader } from './sheet-reader.ts';
import type { SheetFacts } from './sheet-reader.ts';
import { SheetTable } from './sheet-table.ts';
import type { HeaderChoice, TableFacts } from './sheet-table.ts';
import { readStyles } from './styles.ts';
import { chooseSheet, readWorkbook } from './workbook.ts';
import type { SheetListed } from './workbook.ts';

/** What is wanted of a workbook. */
export interface XlsxChoice {
  /** A name, a number from 1 in the order of the tabs, or null: the first visible sheet. */
  readonly sheet: string | number | null;
  readonly header: HeaderChoice;
}

export interface XlsxReport extends TableFacts, SheetFacts {
  readonly format: 'xlsx';
  readonly sheet: string;
  readonly sheets: readonly SheetListed[];
  readonly date_system: 1900 | 1904;
  /** Rows of the table, the header not among them. */
  readonly rows: number;
  readonly columns: readonly string[];
}

export interface SheetSpooled {
  readonly report: XlsxReport;
  readonly rows: RowsSpooled;
  /** Bytes of XML the rows have been made of, with the shared texts. */
  readonly sourceBytes: number;
}

/** Reads one sheet of the workbook in file `fd` and spools its rows to file `rowsFd`; `progress` is told bytes of XML. */
export async function spoolSheet(
  files: { readonly fd: number; readonly fileBytes: number; readonly rowsFd: number },
  choice: XlsxChoice,
  limits: SpoolLimits,
  progress: (bytes: number) => void,
): Promise<SheetSpooled> {
  const parts = await OfficePackage.open(files.fd, files.fileBytes, limits, progress);
  const workbook = await readWorkbook(parts);
  const sheet = chooseSheet(workbook.sheets, choice.sheet);
  const styles = await readStyles(parts, workbook.styles);
  const strings = await SharedStrings.read(parts, workbook.sharedStrings, limits);
  const spool = new RowSpool(files.rowsFd, limits);
  const table = new SheetTable(spool, strings, choice.header);
  const context = { strings, styles, dateSystem: workbook.date_system, limits };
  const reader = new SheetReader(
    context,
    (row) => table.row(row),
    async () => {
      if (!spool.full) return;
      spool.holdTo(parts.unpackedBytes);
      await spool.drain();
    },
  );
  await parts.read(sheet.path, reader);
  table.end();
  const rows = await spool.finish();
  const columns = table.names(rows.width);
  return {
    report: {
      format: 'xlsx',
      sheet: sheet.name,
      sheets: workbook.sheets.map(({ name, state }) => ({ name, state })),
      date_system: workbook.date_system,
      rows: rows.rows,
      columns,
      ...table.facts,
      ...reader.facts,
    },
    rows,
    sourceBytes: parts.unpackedBytes,
  };
}
