import { IDENTIFY_BYTES, KIND_NAMES, identifyFile, isArchive } from '../identify.ts';
import type { FileKind } from '../identify.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { SpoolLimits } from '../limits.ts';
import { peek } from '../peek.ts';
import type { Peeked } from '../peek.ts';
import { refuseFile, shown } from '../refusal.ts';
import { ScratchFile } from '../scratch-file.ts';
import type { SpoolOptions } from '../spooled.ts';
import { readZipDirectory } from '../zip/zip-directory.ts';
import { zipEntryBytes } from '../zip/zip-entry-bytes.ts';
import { chooseEntry, isWorkbook, startsAsWorkbook } from './archive-content.ts';
import { gunzipped } from './gunzip.ts';

export interface ArchiveReport {
  /** What was unpacked; null for a workbook, which is a zip itself, and for what is no archive. */
  readonly archive: 'gzip' | 'zip' | null;
  /** The name the file has in the archive, as it is written there: data, never a path. */
  readonly name: string | null;
  /** What the unpacked file is by its first bytes; `workbook` is for `spoolXlsx`. */
  readonly content: FileKind | 'workbook';
  readonly unpacked_bytes: number;
}

/** The one file of an archive. Dispose it in any case. */
export interface OpenedArchive extends AsyncDisposable {
  /** To be read once. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Final, as to the number of bytes, when `bytes` have ended. */
  readonly report: () => ArchiveReport;
}

export interface ArchiveOptions extends SpoolOptions {
  readonly limits?: Partial<SpoolLimits>;
}

/**
 * Opens a gzip file or a zip archive with one file in it (folders and what macOS puts beside it do not count); anything
 * else is handed through as it is. Sizes and ratios are checked before and while unpacking. AppError `source_rejected`
 * for several files, archives in archives, encrypted or damaged ones and bombs, `too_large` beyond the limits.
 */
export async function openArchive(input: AsyncIterable<Uint8Array>, options: ArchiveOptions): Promise<OpenedArchive> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const source = await peek(input, IDENTIFY_BYTES);
  const kind = identifyFile(source.start);
  if (kind === 'zip') return openZip(source.all, limits, options);
  if (kind !== 'gzip') return plain(source, kind);
  const count = { packed: 0, unpacked: 0 };
  const opened = await peek(gunzipped(source.all, count, limits, options.signal), IDENTIFY_BYTES);
  try {
    const content = contentOf(opened.start, null);
    return {
      bytes: opened.all,
      report: () => ({ archive: 'gzip', name: null, content, unpacked_bytes: count.unpacked }),
      [Symbol.asyncDispose]: opened.close,
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openZip(
  input: AsyncIterable<Uint8Array>,
  limits: SpoolLimits,
  options: ArchiveOptions,
): Promise<OpenedArchive> {
  const { scratchFolder: folder, signal } = options;
  await using stack = new AsyncDisposableStack();
  const file = stack.use(await ScratchFile.of(input, { folder, maxBytes: limits.fileBytes, signal }));
  const directory = await readZipDirectory(file.fd, file.size, limits);
  if (isWorkbook(directory.entries)) {
    const kept = stack.move();
    return {
      bytes: file.read(0, file.size, signal),
      report: () => ({ archive: null, name: null, content: 'workbook', unpacked_bytes: file.size }),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }
  const entry = chooseEntry(directory.entries);
  const opened = await peek(abortable(zipEntryBytes(directory, entry), signal), IDENTIFY_BYTES);
  stack.defer(opened.close);
  const content = contentOf(opened.start, entry.name);
  const kept = stack.move();
  return {
    bytes: opened.all,
    report: () => ({ archive: 'zip', name: entry.name, content, unpacked_bytes: entry.unpackedBytes }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function plain(source: Peeked, content: FileKind): OpenedArchive {
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source.all) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  return {
    bytes: counted(),
    report: () => ({ archive: null, name: null, content, unpacked_bytes: bytes }),
    [Symbol.asyncDispose]: source.close,
  };
}

/** What an unpacked file is; archives in archives are refused, workbooks are not taken for one. */
function contentOf(start: Buffer, name: string | null): ArchiveReport['content'] {
  const kind = identifyFile(start);
  if (kind === 'zip' && startsAsWorkbook(start)) return 'workbook';
  if (isArchive(kind)) {
    const what = name === null ? KIND_NAMES[kind] : `${KIND_NAMES[kind]} (${shown(name)})`;
    throw refuseFile('nested_archive', `The archive holds ${what}; only one layer is unpacked.`, { facts: { kind } });
  }
  return kind;
}

async function* abortable(input: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    signal.throwIfAborted();
    yield chunk;
  }
}
