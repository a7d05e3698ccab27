import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';
import { spoolSheet } from './read-workbook.ts';
import type { ThreadAnswer, ThreadInput } from './spool-xlsx.ts';

const BEAT_MS = 2000;

const input = workerData as ThreadInput;
const answer = (message: ThreadAnswer): void => parentPort?.postMessage(message);

let rows = 0;
// Shared texts may take long to read before the first row; a thread that is frozen does not beat.
const beat = setInterval(() => answer({ progress: rows }), BEAT_MS);
try {
  const spooled = await spoolSheet(input.files, input.choice, input.limits, (read) => {
    rows = read;
    answer({ progress: rows });
  });
  answer({ spooled });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  answer({ refused: { code: error.code, message: error.message, details: error.details } });
} finally {
  clearInterval(beat);
}
