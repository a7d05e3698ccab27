import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../../../domain/errors.ts';
import { spoolSheet } from './read-workbook.ts';
import type { ThreadAnswer, ThreadInput } from './spool-xlsx.ts';

const input = workerData as ThreadInput;
const answer = (message: ThreadAnswer): void => parentPort?.postMessage(message);

try {
  const spooled = await spoolSheet(input.files, input.choice, input.limits, (rows) => answer({ progress: rows }));
  answer({ spooled });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  answer({ refused: { code: error.code, message: error.message, details: error.details } });
}
