import type { FileChoice } from '../../domain/import-file.ts';
import { makeFolder } from '../../platform/make-folder.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { CsvFormat, ReadBytes } from '../csv/csv-format.ts';
import { takeSample } from '../csv/csv-sample.ts';
import { detectFormat } from '../csv/detect-format.ts';
import type { CsvOverrides } from '../csv/detect-format.ts';
import { openArchive } from './archive/open-archive.ts';
import { spoolJson } from './json/spool-json.ts';
import { refuseKind } from './identify.ts';
import { ISSUES_COLUMN } from './spooled.ts';
import type { Spooled } from './spooled.ts';
import { refuseUntold } from './tell-text.ts';
import { spoolText } from './text/spool-text.ts';
import { spoolXlsx } from './xlsx/spool-xlsx.ts';

/** A file as partitions can read it: UTF-8 text that byte ranges are taken of. */
export interface PreparedTable {
  /** Where it lies in storage: the file itself where that is such a text already. */
  readonly key: string;
  readonly format: CsvFormat;
  /** Whether its last column is `_issues`, with what could not be read of a row. */
  readonly hasIssues: boolean;
  /** What was found out about the file, to be shown. */
  readonly report: Readonly<Record<string, unknown>>;
}

export interface PrepareOptions {
  readonly storage: ObjectStorage;
  readonly scratchFolder: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the table file of a file in storage: unpacked, and converted where it is a workbook, JSON or a text in another
 * encoding. Asked again, it makes the same again, so who is interrupted just asks.
 * @throws AppError `source_rejected` for what no rows can be read of, `too_large` beyond the limits
 */
export async function prepareTable(
  { key, charset }: { readonly key: string; readonly charset: string | null },
  choice: FileChoice,
  { storage, scratchFolder, signal }: PrepareOptions,
): Promise<PreparedTable> {
  makeFolder(scratchFolder, 0o700);
  await using opened = await openArchive(storage.read(key, { signal }), { scratchFolder, signal });
  const { content, archive, name } = opened.report();
  const tableKey = `${key}.table`;
  const store = async <Report extends object>(spooled: Spooled<Report>): Promise<Readonly<Record<string, unknown>>> => {
    await storage.put(tableKey, spooled.table, { signal });
    return { archive, name, ...spooled.report() };
  };
  if (content === 'workbook') {
    const { sheet, headerRow } = choice;
    const header = headerRow === null ? {} : { header: headerRow === 0 ? ('none' as const) : headerRow };
    await using spooled = await spoolXlsx(opened.bytes, { scratchFolder, signal, sheet, ...header });
    return {
      key: tableKey,
      format: tableFormat(spooled.report().columns),
      hasIssues: true,
      report: await store(spooled),
    };
  }
  if (content === 'json') {
    await using spooled = await spoolJson(opened.bytes, { scratchFolder, signal });
    return {
      key: tableKey,
      format: tableFormat(spooled.report().columns),
      hasIssues: true,
      report: await store(spooled),
    };
  }
  if (content !== 'text') throw refuseKind(content);
  const textKey = archive === null ? key : `${key}.unpacked`;
  if (archive !== null) await storage.put(textKey, opened.bytes, { signal });
  const read: ReadBytes = (span) => storage.read(textKey, span);
  const sample = await takeSample(read, signal);
  const format = detectFormat(sample, overridesOf(choice, charset));
  const refusal = (choice.encoding ?? charset) === null ? refuseUntold(sample.bytes, format) : null;
  if (refusal !== null) throw refusal;
  const report = { archive, name, ...format };
  if (format.encoding === 'utf-8') return { key: textKey, format, hasIssues: false, report };
  const { encoding } = format;
  await using spooled = spoolText(read({ start: 0, signal }), { encoding, signal });
  const stored = await store(spooled);
  return {
    key: tableKey,
    format: { ...format, encoding: 'utf-8', bomBytes: 0 },
    hasIssues: false,
    report: { ...report, ...stored },
  };
}

function overridesOf({ encoding, delimiter, headerRow }: FileChoice, charset: string | null): CsvOverrides {
  const named = encoding ?? charset;
  return {
    ...(named === null ? {} : { encoding: named }),
    ...(delimiter === null ? {} : { delimiter }),
    ...(headerRow === null ? {} : { headerRow: headerRow === 0 ? null : headerRow }),
  };
}

/** How every table file is written. */
function tableFormat(columns: readonly string[]): CsvFormat {
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
    columns: [...columns, ISSUES_COLUMN],
  };
}
