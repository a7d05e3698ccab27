import { AppError } from '../../../domain/errors.ts';
import { spoolSheet } from './read-workbook.ts';
import type { ProcessAnswer, ProcessInput } from './spool-xlsx.ts';
import { BEAT_MS } from './standstill.ts';

// It is ended by whoever started it: once there is an answer, or with him.
process.once('disconnect', () => process.exit());
process.once('message', (input: ProcessInput) => void read(input));

const answer = (message: ProcessAnswer): void => void process.send?.(message);

async function read({ files, choice, limits }: ProcessInput): Promise<void> {
  let unpacked = 0;
  // A process that is frozen does not beat; one that waits for what never comes does, and has read no more.
  const beat = setInterval(() => answer({ read: unpacked }), BEAT_MS);
  try {
    const spooled = await spoolSheet(files, choice, limits, (bytes) => {
      unpacked = bytes;
    });
    answer({ spooled });
  } catch (error) {
    if (error instanceof AppError) {
      answer({ refused: { code: error.code, message: error.message, details: error.details } });
    } else answer({ failed: error });
  } finally {
    clearInterval(beat);
  }
}
