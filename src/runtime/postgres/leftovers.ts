import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, until } from '../end-process.ts';
import { identifyProcess } from '../process-identity.ts';
import { sendSignal } from '../running-process.ts';

/** How long the child processes of a dead server may take to notice that it is dead. */
const NOTICE_MS = 5000;

/**
 * Clears what a killed predecessor left in a data folder: a server that still runs on it is stopped, its last child
 * processes are waited for (PostgreSQL refuses to start while they hold the old shared memory), and a lock file whose
 * pid now belongs to some other process is removed.
 */
export async function clearLeftovers(folder: string): Promise<void> {
  const lock = join(folder, 'postmaster.pid');
  const owner = lockOwner(lock);
  if (owner !== null) {
    const identity = identifyProcess(owner);
    if (identity !== null && worksIn(owner, folder)) await endProcess(owner, identity, ['SIGINT', 'SIGQUIT']);
    rmSync(lock, { force: true });
  }
  if (await until(() => processesIn(folder).length === 0, NOTICE_MS)) return;
  for (const pid of processesIn(folder)) sendSignal(pid, 'SIGKILL');
  await until(() => processesIn(folder).length === 0, NOTICE_MS);
}

function lockOwner(lock: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** PostgreSQL's processes, and only they, have the data folder as working directory; elsewhere the lock is trusted. */
function worksIn(pid: number, folder: string): boolean {
  return process.platform !== 'linux' || processesIn(folder).includes(pid);
}

function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  const real = realpathSync(folder);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => isServerIn(pid, real));
}

/** Somebody's shell may stand in the folder too: only what was started as `postgres` counts. */
function isServerIn(pid: number, folder: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === folder && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres'
    );
  } catch {
    return false;
  }
}
