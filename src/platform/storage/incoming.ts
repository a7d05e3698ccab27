import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { open, readdir, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../network-failure.ts';

/** Below the storage's folder, on the same file system; no key begins with a dot. */
export const INCOMING = '.incoming';

const TOUCH_MS = 15_000;
/** Who writes touches its file far more often; what was not touched for so long nobody writes any more. */
const DEAD_AFTER_MS = 120_000;
const NAME = /^([0-9a-f]{16})\.(\d+)\.[0-9a-f-]{36}$/u;

/** A file that is being written. Its name says by whom, and it is touched as long as that one lives. */
export interface Incoming {
  readonly path: string;
  readonly handle: FileHandle;
  /** Closes it; once it has been renamed, or is to go. */
  close(): Promise<void>;
}

export async function openIncoming(folder: string): Promise<Incoming> {
  const path = join(folder, `${thisMachine()}.${process.pid}.${randomUUID()}`);
  const handle = await open(path, 'wx', 0o600);
  const touch = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_MS);
  touch.unref();
  return {
    path,
    handle,
    async close() {
      clearInterval(touch);
      await handle.close();
    },
  };
}

/** Removes what dead writers have left in the folder; returns how many files that were. */
export async function sweepIncoming(folder: string, now = Date.now()): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found === null) continue;
    if (now - found.mtimeMs < DEAD_AFTER_MS && !isDead(name)) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Whether the writer ran where we run, and does not any more. A pid that somebody else has now only takes longer. */
function isDead(name: string): boolean {
  const [, machine, pid] = NAME.exec(name) ?? [];
  if (machine !== thisMachine()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}

/** Where a pid means what it means here: the machine, since it was started, and the container on it. */
let machine: string | undefined;
function thisMachine(): string {
  machine ??= createHash('sha256')
    .update([hostname(), told(bootId), told(pidNamespace)].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return machine;
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
const pidNamespace = (): string => readlinkSync('/proc/self/ns/pid');

/** What Linux tells; other systems have no containers to tell apart. */
function told(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
