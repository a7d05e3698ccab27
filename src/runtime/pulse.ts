import { closeSync, openSync, statSync, utimesSync } from 'node:fs';

const BEAT_MS = 2000;
const STALE_MS = 10_000;

/**
 * Lets a file's time follow this process: touched every 2 s from the event loop, so that a blocked or stopped process
 * shows. Returns what ends it.
 */
export function startPulse(path: string): () => void {
  closeSync(openSync(path, 'a', 0o600));
  const beat = (): void => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // The home may be removed under a running process; what is left to do then is not the pulse's business.
    }
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether the process behind a pulse file did something within the last seconds. */
export function hasPulse(path: string): boolean {
  const beaten = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - beaten < STALE_MS;
}
