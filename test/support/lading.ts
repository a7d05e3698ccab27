import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { portObstacle } from '../../src/runtime/free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A home in the temporary folder, for one test file's own Lading. */
export interface TestHome {
  readonly path: string;
  readonly port: number;
  readonly uiPort: number;
  /** The text of a file below it, without the line end. */
  read(file: string): Promise<string>;
  /** The pid that `run/NAME.pid` holds. */
  pid(name: string): Promise<number>;
  remove(): Promise<void>;
}

/** Makes a home of mode 0700 and finds ports for it. */
export async function makeTestHome(): Promise<TestHome> {
  const path = await mkdtemp(join(tmpdir(), 'lading-home-'));
  const read = async (file: string): Promise<string> => (await readFile(join(path, file), 'utf8')).trim();
  return {
    path,
    port: await lastingPort(),
    uiPort: await lastingPort(),
    read,
    pid: async (name) => Number(await read(`run/${name}.pid`)),
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/**
 * A port that is still free when a Lading is started on it anew: from below those that the system gives out by itself,
 * which connections of other tests take meanwhile.
 */
async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if ((await portObstacle(port, '127.0.0.1')) === null) return port;
  }
}

/** A Lading that runs as its own process, as `npm start` runs it. */
export interface RunningLading {
  readonly process: ChildProcess;
  readonly baseUrl: string;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves to the exit code, however it ends. */
  readonly exited: Promise<number | null>;
}

/** Starts Lading on a home without waiting for anything. */
export function launchLading(home: TestHome, environment: NodeJS.ProcessEnv = {}): RunningLading {
  const { LADING_TEST_DATABASE_URL: _database, LADING_TEST_TEMPORAL_ADDRESS: _temporal, ...rest } = process.env;
  const env = {
    ...rest,
    LADING_HOME: home.path,
    PORT: String(home.port),
    TEMPORAL_UI_PORT: String(home.uiPort),
    ...environment,
  };
  const child = spawn(process.execPath, [MAIN, 'all'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { process: child, baseUrl: `http://127.0.0.1:${home.port}`, output: () => output, exited };
}

/** Starts Lading on a home and resolves when it says that it is ready. */
export async function startLading(home: TestHome, environment: NodeJS.ProcessEnv = {}): Promise<RunningLading> {
  const lading = launchLading(home, environment);
  const ended = new AbortController();
  void lading.exited.then(() => ended.abort());
  while (!lading.output().includes('Lading is ready at ')) {
    const { stdout } = lading.process;
    if (stdout === null || ended.signal.aborted) throw new Error(`Lading did not start:\n${lading.output()}`);
    await once(stdout, 'data', { signal: ended.signal }).catch(() => undefined);
  }
  return lading;
}

/** Asks again until something is true; fails after a time that no machine needs. */
export async function eventually(what: string, condition: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await delay(50);
  }
}
