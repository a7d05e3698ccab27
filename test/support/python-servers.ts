import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Of these two kinds there is no server on npm that is kept: they come from PyPI, once, into the cache of the user. */
const PACKAGES = {
  ftp: ['pyftpdlib==2.2.0', 'pyOpenSSL==26.4.0'],
  s3: ['moto[s3]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5'],
} as const;

const PYTHON = 'python3';

/** Why tests that need a server written in Python are left out, or false. */
export const noPython: string | false =
  spawnSync(PYTHON, ['-m', 'pip', '--version']).status === 0 ? false : 'there is no python3 with pip';

/** A server of its own process; it ends with `stop`, or with the process that started it. */
export interface PythonServer {
  /** What it printed as its first line. */
  readonly ready: string;
  stop(): Promise<void>;
}

/** Starts `python3 ARGS` with the packages of a kind, and waits for the first line it prints to standard output. */
export async function startPython(kind: keyof typeof PACKAGES, args: readonly string[]): Promise<PythonServer> {
  const packages = await install(kind);
  const child = spawn(PYTHON, args, {
    env: { ...process.env, PYTHONPATH: packages, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-10_000);
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the ${kind} server ended: ${told}`)));
  ended.catch(() => undefined);
  const lines = createInterface(child.stdout);
  const [ready] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return {
    ready,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function install(kind: keyof typeof PACKAGES): Promise<string> {
  const version = spawnSync(PYTHON, ['--version'], { encoding: 'utf8' }).stdout;
  const name = createHash('sha256')
    .update([version, ...PACKAGES[kind]].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lading');
  const folder = join(cache, `test-${kind}-${name}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const making = join(cache, `making-${randomUUID()}`);
  const pip = spawn(
    PYTHON,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', making, ...PACKAGES[kind]],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let told = '';
  pip.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [code] = await once(pip, 'exit');
  if (code !== 0) throw new Error(`the ${kind} server could not be installed: ${told}`);
  // Another test file may have been quicker.
  await rename(making, folder).catch(() => rm(making, { recursive: true, force: true }));
  return folder;
}
