import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { Home } from './home.ts';
import type { ProcessSpec } from './process-spec.ts';
import { hasPulse, saysReady } from './pulse.ts';

/** The entry that every role is started by. */
export const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Both serving roles end by themselves within this time when asked; what is still open then is made to be killed. */
const STOP_MS = 8000;

/**
 * PostgreSQL's parser is one huge WebAssembly function table; optimising it would take half a gigabyte for some seconds,
 * and it is fast enough without. An API that shares its processors with an import would wait for the threads that help
 * it to collect garbage, so it does that alone, and seldom. A worker's heap is held to a size, since garbage that may
 * pile up does; what it needs for its chunks is bounded well below it.
 */
const NODE_FLAGS = {
  api: ['--liftoff-only', '--single-threaded-gc', '--min-semi-space-size=16'],
  worker: ['--liftoff-only', '--max-old-space-size=384'],
} as const;

/**
 * How to run one of Lading's own roles as a process of its own, under a name (`worker-2` is the role `worker`). It is
 * ready when it says so itself: a worker opens no port that could be asked.
 */
export function roleProcess(role: 'api' | 'worker', name: string, home: Home, env: NodeJS.ProcessEnv): ProcessSpec {
  const pulse = join(home.run, `${name}.pulse`);
  return {
    name,
    command: process.execPath,
    args: [...NODE_FLAGS[role], MAIN, role, '--pulse', pulse],
    env,
    stopWith: [{ signal: 'SIGTERM', graceMs: STOP_MS }],
    prepare: () => rmSync(pulse, { force: true }),
    ready: async (signal) => {
      while (!saysReady(pulse)) await delay(50, undefined, { signal });
    },
    alive: () => hasPulse(pulse),
  };
}

/** What `GET /health/ready` last said: `null` when all is well, else what is missing. */
async function missingForReady(baseUrl: string, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(`${baseUrl}/health/ready`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    const body = await response.text();
    return response.ok ? null : body;
  } catch (error) {
    if (signal.aborted) throw error;
    return 'the API does not answer yet';
  }
}

/** A start that takes longer than this tells what it waits for. */
const QUIET_MS = 5000;

/** Resolves when the API reports ready; a slow start tells `waiting` what is missing, each time that changes. */
export async function apiReady(
  baseUrl: string,
  signal: AbortSignal,
  waiting: (missing: string) => void,
): Promise<void> {
  const began = performance.now();
  let told = '';
  for (;;) {
    const missing = await missingForReady(baseUrl, signal);
    if (missing === null) return;
    if (missing !== told && performance.now() - began > QUIET_MS) {
      waiting(missing);
      told = missing;
    }
    await delay(100, undefined, { signal });
  }
}
