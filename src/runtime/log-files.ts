import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const LARGEST_LOG = 32 * 2 ** 20;
const TAIL_BYTES = 4096;

/**
 * Keeps a log from growing without end: past 32 MB its content becomes `NAME.log.1`. The file itself stays, since the
 * process that appends to it holds it open.
 */
export function trimLog(path: string): void {
  if (logSize(path) <= LARGEST_LOG) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** Bytes a log has by now: what is written later begins there. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last lines of a log, indented, for a message about why a process ended; of those after `from` bytes. */
export function lastLines(path: string, from = 0, count = 14): string {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return '  (no log)';
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(Math.max(0, size - from), TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('utf8').trimEnd().split('\n').slice(-count);
    return lines.map((line) => `  ${line}`).join('\n');
  } finally {
    closeSync(file);
  }
}
