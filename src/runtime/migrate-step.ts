import { AppError } from '../domain/errors.ts';
import { logFile } from './home.ts';
import type { Home } from './home.ts';
import { lastLines, logSize } from './log-files.ts';
import { forgetProcess, recordProcess } from './process-records.ts';
import { MAIN } from './role-process.ts';
import { startProcess } from './running-process.ts';

/** Brings the store to the newest version in a process of its own; throws an `AppError` with its last words. */
export async function migrateStep(home: Home, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const log = logFile(home, 'migrate');
  const before = logSize(log);
  const running = await startProcess(
    {
      name: 'migrate',
      command: process.execPath,
      args: [MAIN, 'migrate'],
      env,
      stopWith: [{ signal: 'SIGTERM', graceMs: 2000 }],
      ready: () => Promise.resolve(),
    },
    log,
  );
  recordProcess(home, 'migrate', running.pid);
  const giveUp = (): void => void running.stop();
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const exit = await running.exited;
  signal.removeEventListener('abort', giveUp);
  forgetProcess(home, 'migrate');
  signal.throwIfAborted();
  if (exit.code !== 0) {
    throw new AppError(
      'unavailable',
      `The store could not be brought to the newest version, see ${log}:\n${lastLines(log, before)}`,
    );
  }
}
