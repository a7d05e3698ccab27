import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import type { ProcessSpec } from './process-spec.ts';

/** How a process ended; exactly one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started process. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves when it has ended, however it did. */
  readonly exited: Promise<ProcessExit>;
  /** Ends it: the signals of its specification in order, SIGKILL at last. Resolves when it is gone. */
  stop(): Promise<ProcessExit>;
}

/**
 * Starts a process in a group of its own, so that Ctrl-C in the terminal reaches only us and the order of stopping is
 * ours. Its output goes straight to the log file, not through us: it lives on unharmed when we are killed.
 */
export async function startProcess(spec: ProcessSpec, logFile: string): Promise<RunningProcess> {
  await spec.prepare?.();
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      env: spec.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...(spec.user === undefined ? {} : { uid: spec.user.uid, gid: spec.user.gid }),
    });
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await once(child, 'spawn');
    const { pid } = child;
    if (pid === undefined) throw new Error('spawned without a pid');
    return { pid, exited, stop: () => stopProcess(spec, pid, exited) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('unavailable', `${spec.name} could not be started: ${reason}`, { cause });
  } finally {
    closeSync(log);
  }
}

async function stopProcess(spec: ProcessSpec, pid: number, exited: Promise<ProcessExit>): Promise<ProcessExit> {
  for (const { signal, graceMs } of spec.stopWith) {
    sendSignal(pid, signal);
    const exit = await within(exited, graceMs);
    if (exit !== null) return finish(pid, exit);
  }
  sendSignal(-pid, 'SIGKILL');
  return finish(pid, await exited);
}

/** Whatever the process started in its group goes with it. */
function finish(pid: number, exit: ProcessExit): ProcessExit {
  sendSignal(-pid, 'SIGKILL');
  return exit;
}

/** Sends a signal to a process, or to a group when `pid` is negative; one that is gone already is no mistake. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, delay(ms, null, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
