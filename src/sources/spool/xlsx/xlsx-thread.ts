import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';
import { spoolSheet } from './read-workbook.ts';
import type { ThreadAnswer, ThreadInput } from './spool-xlsx.ts';
import { BEAT_MS } from './standstill.ts';

const input = workerData as ThreadInput;
const answer = (message: ThreadAnswer): void => parentPort?.postMessage(message);

let read = 0;
// A thread that is frozen does not beat; one that waits for what never comes does, and has read no more.
const beat = setInterval(() => answer({ read }), BEAT_MS);
try {
  const spooled = await spoolSheet(input.files, input.choice, input.limits, (bytes) => {
    read = bytes;
  });
  answer({ spooled });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  answer({ refused: { code: error.code, message: error.message, details: error.details } });
} finally {
  clearInterval(beat);
}
