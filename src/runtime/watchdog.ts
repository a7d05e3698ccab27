import { setTimeout as delay } from 'node:timers/promises';
import { trimLog } from './log-files.ts';
import type { ProcessSpec } from './process-spec.ts';
import { sendSignal } from './running-process.ts';
import type { RunningProcess } from './running-process.ts';

const EVERY_MS = 5000;
/** So many checks in a row without an answer mean frozen; a machine under load answers some of them. */
const PATIENCE = 12;

/**
 * Kills a process that lives but does nothing any more, so that it is started again; looks after the size of its log
 * on the way. Resolves when `life` ends.
 */
export async function watchdog(
  spec: ProcessSpec,
  running: RunningProcess,
  logFile: string,
  life: AbortSignal,
  report: (line: string) => void,
): Promise<void> {
  let silent = 0;
  while (await pause(life)) {
    trimLog(logFile);
    const answered = await Promise.race([spec.alive?.() ?? true, delay(EVERY_MS, false)]).catch(() => false);
    silent = answered ? 0 : silent + 1;
    if (silent < PATIENCE || life.aborted) continue;
    report(`${spec.name} has been frozen for ${(PATIENCE * EVERY_MS) / 1000} s`);
    sendSignal(-running.pid, 'SIGKILL');
    return;
  }
}

async function pause(life: AbortSignal): Promise<boolean> {
  try {
    await delay(EVERY_MS, undefined, { signal: life });
    return true;
  } catch {
    return false;
  }
}
