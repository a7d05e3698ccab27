import { Worker } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '../../../domain/errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { SpoolLimits } from '../limits.ts';
import { refuseFile, tooLarge } from '../refusal.ts';
import { ScratchFile } from '../scratch-file.ts';
import type { SpoolOptions, Spooled } from '../spooled.ts';
import { tableBytes, tableOf } from '../table-file.ts';
import { notXlsx } from './not-xlsx.ts';
import type { SheetSpooled, XlsxChoice, XlsxReport } from './read-workbook.ts';
import { identifyFile } from '../identify.ts';

/** Memory of the thread's own heap; shared texts and rows lie outside it, bounded by `SpoolLimits`. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };
/** A thread that says nothing for so long is taken for frozen: it beats each two seconds. */
const SILENCE_MS = 60_000;

export interface XlsxOptions extends SpoolOptions, Partial<XlsxChoice> {
  readonly limits?: Partial<SpoolLimits>;
  /** Told now and then how many rows have been read. */
  readonly progress?: (rows: number) => void;
}

export interface ThreadInput {
  readonly files: { readonly fd: number; readonly fileBytes: number; readonly rowsFd: number };
  readonly choice: XlsxChoice;
  readonly limits: SpoolLimits;
}

export type ThreadAnswer =
  | { readonly progress: number }
  | { readonly spooled: SheetSpooled }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails } };

/**
 * One sheet of an XLSX workbook as a table file. The workbook is copied to disk first, since a zip is read from its end;
 * a thread with a memory limit of its own then spools the rows, and `table` is made of these once all columns are known.
 * So the report is final when this returns, and what cannot be read is refused before a byte comes out: AppError
 * `source_rejected` (what it is, or what is wrong with it) or `too_large`.
 */
export async function spoolXlsx(input: AsyncIterable<Uint8Array>, options: XlsxOptions): Promise<Spooled<XlsxReport>> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { scratchFolder: folder, signal } = options;
  await using file = await ScratchFile.of(input, { folder, maxBytes: limits.fileBytes, signal });
  if (!(await isZip(file, signal))) throw await notXlsx(file.read(0, file.size, signal));
  await using stack = new AsyncDisposableStack();
  const rowsFile = stack.use(ScratchFile.create(folder));
  const spooled = await inThread(
    {
      files: { fd: file.fd, fileBytes: file.size, rowsFd: rowsFile.fd },
      choice: { sheet: options.sheet ?? null, header: options.header ?? 'detect' },
      limits,
    },
    options,
  );
  const { report, rows, sourceBytes } = spooled;
  tableBytes(rows, report.columns, sourceBytes, limits);
  const kept = stack.move();
  return {
    table: tableOf(rowsFile, rows, report.columns, signal),
    report: () => report,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function isZip(file: ScratchFile, signal: AbortSignal): Promise<boolean> {
  for await (const start of file.read(0, Math.min(file.size, 8), signal)) return identifyFile(start) === 'zip';
  return false;
}

async function inThread(input: ThreadInput, options: XlsxOptions): Promise<SheetSpooled> {
  const { promise, resolve, reject } = Promise.withResolvers<SheetSpooled>();
  const { signal } = options;
  signal.throwIfAborted();
  const thread = new Worker(new URL('xlsx-thread.ts', import.meta.url), {
    workerData: input,
    resourceLimits: THREAD_LIMITS,
    env: {},
  });
  const abort = (): void => reject(signal.reason);
  const watchdog = setTimeout(() => {
    reject(refuseFile('damaged', 'Reading the workbook comes to no end.'));
  }, SILENCE_MS);
  signal.addEventListener('abort', abort, { once: true });
  thread.on('message', (answer: ThreadAnswer) => {
    watchdog.refresh();
    if ('spooled' in answer) resolve(answer.spooled);
    else if ('progress' in answer) options.progress?.(answer.progress);
    else reject(new AppError(answer.refused.code, answer.refused.message, { details: answer.refused.details }));
  });
  thread.on('error', (error) => reject(ofThread(error)));
  thread.on('exit', () => reject(new Error('the thread that reads a workbook ended without an answer')));
  try {
    return await promise;
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', abort);
    // The files may be closed only after the thread has ended: it writes to them by number.
    await thread.terminate();
  }
}

function ofThread(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge('The workbook takes more memory than any may.') : error;
}
