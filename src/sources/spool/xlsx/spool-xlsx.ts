import { setTimeout as delay } from 'node:timers/promises';
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
import { BEAT_MS, Standstill } from './standstill.ts';
import { identifyFile } from '../identify.ts';

/** Memory of the thread's own heap; shared texts and rows lie outside it, bounded by `SpoolLimits`. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };
/** How long a thread that is to end is waited for; one that is stuck outside of JavaScript ends when it gets out. */
const END_MS = 5_000;

export interface XlsxOptions extends SpoolOptions, Partial<XlsxChoice> {
  readonly limits?: Partial<SpoolLimits>;
}

export interface ThreadInput {
  readonly files: { readonly fd: number; readonly fileBytes: number; readonly rowsFd: number };
  readonly choice: XlsxChoice;
  readonly limits: SpoolLimits;
}

export type ThreadAnswer =
  | { readonly read: number }
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
  await using stack = new AsyncDisposableStack();
  const file = stack.use(await ScratchFile.of(input, { folder, maxBytes: limits.fileBytes, signal }));
  if (!(await isZip(file, signal))) throw await notXlsx(file.read(0, file.size, signal));
  const rowsFile = stack.use(ScratchFile.create(folder));
  const thread = startThread({
    files: { fd: file.fd, fileBytes: file.size, rowsFd: rowsFile.fd },
    choice: { sheet: options.sheet ?? null, header: options.header ?? 'detect' },
    limits,
  });
  let spooled: SheetSpooled;
  try {
    spooled = await answerOf(thread, signal);
  } catch (error) {
    // It writes to the files by number: they are closed once it has ended, which nobody waits for if it takes long.
    const ended = thread.terminate();
    if (!(await endsSoon(ended))) {
      const files = stack.move();
      void ended.then(() => files.disposeAsync());
    }
    throw error;
  }
  await thread.terminate();
  const { report, rows, sourceBytes } = spooled;
  tableBytes(rows, report.columns, sourceBytes, limits);
  await file.close();
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

function startThread(input: ThreadInput): Worker {
  return new Worker(new URL('xlsx-thread.ts', import.meta.url), {
    workerData: input,
    resourceLimits: THREAD_LIMITS,
    env: {},
  });
}

async function answerOf(thread: Worker, signal: AbortSignal): Promise<SheetSpooled> {
  const { promise, resolve, reject } = Promise.withResolvers<SheetSpooled>();
  const standstill = new Standstill();
  const abort = (): void => reject(signal.reason);
  const looking = setInterval(() => {
    if (standstill.look()) reject(refuseFile('damaged', 'Reading the workbook comes to no end.'));
  }, BEAT_MS);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  thread.on('message', (answer: ThreadAnswer) => {
    if ('spooled' in answer) resolve(answer.spooled);
    else if ('read' in answer) standstill.beat(answer.read);
    else reject(new AppError(answer.refused.code, answer.refused.message, { details: answer.refused.details }));
  });
  thread.on('messageerror', reject);
  thread.on('error', (error) => reject(ofThread(error)));
  thread.on('exit', () => reject(new Error('the thread that reads a workbook ended without an answer')));
  try {
    return await promise;
  } finally {
    clearInterval(looking);
    signal.removeEventListener('abort', abort);
  }
}

async function endsSoon(ended: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  try {
    return await Promise.race([ended.then(() => true), delay(END_MS, false, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}

function ofThread(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge('The workbook takes more memory than any may.') : error;
}
