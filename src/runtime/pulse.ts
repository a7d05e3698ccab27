import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';

const BEAT_MS = 2000;
const STALE_MS = 10_000;

/** How a process shows its supervisor that it lives, through a file. */
export interface Pulse {
  /** Says that it serves from now on. */
  markReady(): void;
  end(): void;
}

/**
 * Lets a file's time follow this process: touched every 2 s from the event loop, so that a blocked or stopped process
 * shows.
 */
export function startPulse(path: string): Pulse {
  writeFileSync(path, 'starting\n', { mode: 0o600 });
  const timer = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // The home may be removed under a running process; what is left to do then is not the pulse's business.
    }
  }, BEAT_MS);
  timer.unref();
  return {
    markReady: () => writeFileSync(path, 'ready\n'),
    end: () => clearInterval(timer),
  };
}

/** Whether the process behind a pulse file did something within the last seconds. */
export function hasPulse(path: string): boolean {
  const beaten = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - beaten < STALE_MS;
}

/** Whether the process behind a pulse file has said that it serves. */
export function saysReady(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') === 'ready\n';
  } catch {
    return false;
  }
}
