import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess } from '../process-identity.ts';
import { sendSignal } from '../running-process.ts';

/** How long an orphaned server may take for each of the three ways of being told to stop. */
const PATIENCE_MS = 3000;

/**
 * Clears what a killed predecessor left in a data folder: a server that still runs on it is stopped, a lock file whose
 * pid now belongs to some other process is removed, and its last child processes are waited for, since PostgreSQL
 * refuses to start while they hold the old shared memory.
 */
export async function clearLeftovers(folder: string): Promise<void> {
  const lock = join(folder, 'postmaster.pid');
  const owner = await lockOwner(lock);
  if (owner === null) return;
  if (await worksIn(owner, folder)) await stopOrphan(owner);
  await rm(lock, { force: true });
}

async function lockOwner(lock: string): Promise<number | null> {
  try {
    const pid = Number.parseInt((await readFile(lock, 'utf8')).split('\n', 1)[0] ?? '', 10);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** A server and only a server has its data folder as working directory. */
async function worksIn(pid: number, folder: string): Promise<boolean> {
  if (identifyProcess(pid) === null) return false;
  if (process.platform !== 'linux') return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(folder));
  } catch {
    return false;
  }
}

async function stopOrphan(pid: number): Promise<void> {
  const identity = identifyProcess(pid);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (identifyProcess(pid) !== identity) return;
    sendSignal(pid, signal);
    const deadline = Date.now() + PATIENCE_MS;
    // The kernel tells only a parent of an ended process, and the parent is dead: all that is left is to look again.
    while (identifyProcess(pid) === identity && Date.now() < deadline) await delay(20);
  }
}
