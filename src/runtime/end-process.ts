import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess } from './process-identity.ts';
import { sendSignal } from './running-process.ts';

/** How long each signal may take to end an orphan before the next one is sent. */
const PATIENCE_MS = 2000;

/**
 * Ends a process that is not our child: each signal in turn, at last SIGKILL to its whole group. Resolves when it is
 * gone; a process that got the pid meanwhile is never touched.
 */
export async function endProcess(pid: number, identity: string, signals: readonly NodeJS.Signals[]): Promise<void> {
  const alive = (): boolean => identifyProcess(pid) === identity;
  for (const signal of signals) {
    if (!alive()) return;
    sendSignal(pid, signal);
    if (await until(() => !alive(), PATIENCE_MS)) return;
  }
  if (!alive()) return;
  sendSignal(-pid, 'SIGKILL');
  sendSignal(pid, 'SIGKILL');
  await until(() => !alive(), 10 * PATIENCE_MS);
}

/**
 * Whether something came true within a time. The kernel tells only a parent of an ended process, and an orphan's
 * parent is dead: all that is left is to look again.
 */
export async function until(condition: () => boolean, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}
