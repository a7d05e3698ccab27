import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import { logFile } from './home.ts';
import type { Home } from './home.ts';
import { lastLines, trimLog } from './log-files.ts';
import { forgetProcess, recordProcess } from './process-records.ts';
import type { ProcessSpec } from './process-spec.ts';
import { startProcess } from './running-process.ts';
import type { ProcessExit, RunningProcess } from './running-process.ts';
import { watchdog } from './watchdog.ts';

/** A process that is kept running. */
export interface Supervised {
  readonly name: string;
  /** Resolves when it serves for the first time; rejects when it cannot be brought to that. */
  readonly ready: Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** A process that ends this often before it served once has a fault that starting it again does not cure. */
const FIRST_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** One that lived this long was sound: its next pause is the shortest again. */
const SOUND_MS = 30_000;

/** Starts a process and starts it again whenever it dies, with growing pauses, until it is told to stop. */
export function supervise(spec: ProcessSpec, home: Home, report: (line: string) => void): Supervised {
  const stopping = new AbortController();
  const served = Promise.withResolvers<void>();
  // Who starts the process waits for `ready`; when the whole start was given up, nobody may be left to.
  served.promise.catch(() => undefined);
  let running: RunningProcess | null = null;
  let everServed = false;

  async function liveOnce(): Promise<ProcessExit> {
    const log = logFile(home, spec.name);
    trimLog(log);
    running = await startProcess(spec, log);
    recordProcess(home, spec.name, running.pid);
    if (stopping.signal.aborted) return running.stop();
    const life = new AbortController();
    void spec.ready(AbortSignal.any([life.signal, stopping.signal])).then(
      () => {
        everServed = true;
        served.resolve();
      },
      (error: unknown) => {
        if (!life.signal.aborted && !stopping.signal.aborted) served.reject(error);
      },
    );
    const guard = watchdog(spec, running, log, life.signal, report);
    const exit = await running.exited;
    life.abort();
    await guard;
    running = null;
    forgetProcess(home, spec.name);
    return exit;
  }

  async function live(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const born = performance.now();
      const reason = await liveOnce().then(
        (exit) => `ended (${exit.signal ?? `exit ${exit.code}`})`,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (stopping.signal.aborted) return;
      failures = performance.now() - born > SOUND_MS ? 1 : failures + 1;
      if (!everServed && failures >= FIRST_ATTEMPTS) {
        const log = logFile(home, spec.name);
        served.reject(new AppError('unavailable', `${spec.name} ${reason}, see ${log}:\n${lastLines(log)}`));
        return;
      }
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      report(`${spec.name} ${reason}; starting it again in ${pause / 1000} s`);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const living = live();
  return {
    name: spec.name,
    ready: served.promise,
    stop: async () => {
      stopping.abort();
      served.reject(new AppError('stopped', `${spec.name} was stopped before it served`));
      await running?.stop();
      await living;
      forgetProcess(home, spec.name);
    },
  };
}
