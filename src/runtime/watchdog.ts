import { setTimeout as delay } from 'node:timers/promises';
import { trimLog } from './log-files.ts';
import type { ProcessSpec } from './process-spec.ts';
import { sendSignal } from './running-process.ts';
import type { RunningProcess } from './running-process.ts';

const EVERY_MS = 5000;
/** Silence of this long means frozen; a machine under load answers now and then. */
const FROZEN_MS = 60_000;
/** And so many checks: a machine that slept has been silent for hours, though nothing on it is frozen. */
const FROZEN_CHECKS = 6;

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
  let answeredAt = performance.now();
  let silentChecks = 0;
  while (await pause(life)) {
    trimLog(logFile);
    const answered = await Promise.race([spec.alive?.() ?? true, delay(EVERY_MS, false)]).catch(() => false);
    if (answered) {
      answeredAt = performance.now();
      silentChecks = 0;
      continue;
    }
    silentChecks += 1;
    if (silentChecks < FROZEN_CHECKS || performance.now() - answeredAt < FROZEN_MS || life.aborted) continue;
    report(`${spec.name} has been frozen for a minute`);
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
