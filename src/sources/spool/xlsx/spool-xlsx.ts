import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
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

/** Memory of the process's own heap; shared texts and rows lie outside it, bounded by `SpoolLimits`. */
const HEAP_LIMITS = ['--max-old-space-size=256', '--max-semi-space-size=16'];
/** How V8 ends a process whose heap is full, or that asks for more at once than there is. */
const OUT_OF_MEMORY = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);
/** The number under which a process knows the first file it is given: standard streams and the channel come before. */
const FIRST_FILE = 4;

export interface XlsxOptions extends SpoolOptions, Partial<XlsxChoice> {
  readonly limits?: Partial<SpoolLimits>;
}

export interface ProcessInput {
  /** By numbers that are the process's own. */
  readonly files: { readonly fd: number; readonly fileBytes: number; readonly rowsFd: number };
  readonly choice: XlsxChoice;
  readonly limits: SpoolLimits;
}

export type ProcessAnswer =
  | { readonly read: number }
  | { readonly spooled: SheetSpooled }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails } }
  | { readonly failed: unknown };

/**
 * One sheet of an XLSX workbook as a table file. The workbook is copied to disk first, since a zip is read from its end;
 * a process with a memory limit of its own then spools the rows, and `table` is made of these once all columns are known.
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
  const child = startProcess([file.fd, rowsFile.fd]);
  let spooled: SheetSpooled;
  try {
    const input: ProcessInput = {
      files: { fd: FIRST_FILE, fileBytes: file.size, rowsFd: FIRST_FILE + 1 },
      choice: { sheet: options.sheet ?? null, header: options.header ?? 'detect' },
      limits,
    };
    spooled = await answerOf(child, input, signal);
  } finally {
    child.kill('SIGKILL');
  }
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

/** It has the files under numbers of its own, so they may be closed here whatever it does. */
function startProcess(files: readonly number[]): ChildProcess {
  return fork(new URL('xlsx-process.ts', import.meta.url), {
    execArgv: HEAP_LIMITS,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', ...files],
    serialization: 'advanced',
    env: {},
  });
}

async function answerOf(child: ChildProcess, input: ProcessInput, signal: AbortSignal): Promise<SheetSpooled> {
  const { promise, resolve, reject } = Promise.withResolvers<SheetSpooled>();
  const standstill = new Standstill();
  const abort = (): void => reject(signal.reason);
  const looking = setInterval(() => {
    if (standstill.look()) reject(refuseFile('damaged', 'Reading the workbook comes to no end.'));
  }, BEAT_MS);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  child.on('message', (answer: ProcessAnswer) => {
    if ('spooled' in answer) resolve(answer.spooled);
    else if ('read' in answer) standstill.beat(answer.read);
    else if ('failed' in answer) reject(answer.failed);
    else reject(new AppError(answer.refused.code, answer.refused.message, { details: answer.refused.details }));
  });
  child.on('error', reject);
  child.on('exit', (code, by) => reject(endedWith(code, by)));
  try {
    child.send(input);
    return await promise;
  } finally {
    clearInterval(looking);
    signal.removeEventListener('abort', abort);
  }
}

/** What has become of a workbook whose process ended without an answer. */
function endedWith(code: number | null, by: NodeJS.Signals | null): Error {
  if (by !== null && OUT_OF_MEMORY.has(by)) return tooLarge('The workbook takes more memory than any may.');
  return new Error(`The process that reads the workbook was ended (${by ?? `exit code ${code}`}).`);
}
