import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../domain/errors.ts';
import { readIfThere, replaceFile } from './home.ts';
import type { Home } from './home.ts';
import { identifyProcess } from './process-identity.ts';

const holderSchema = z.object({ pid: z.number(), identity: z.string() });

/**
 * Makes this process the one supervisor of a home, and returns what gives the home free again. Throws an `AppError`
 * (`conflict`) that names the other one when a live supervisor has it; what a dead one left is taken over.
 */
export function lockHome(home: Home): () => void {
  const lock = join(home.run, 'supervisor.lock');
  const pidFile = join(home.run, 'supervisor.pid');
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, identity: identifyProcess(process.pid) }), { mode: 0o600 });
  try {
    while (!tryLink(own, lock)) {
      const text = readIfThere(lock);
      if (text === null) continue;
      const pid = liveHolder(text);
      if (pid !== null) {
        throw new AppError(
          'conflict',
          `Lading runs already on ${home.path} (process ${pid}). Stop it first, or set LADING_HOME.`,
        );
      }
      removeStale(lock, text, own);
    }
  } finally {
    rmSync(own, { force: true });
  }
  replaceFile(pidFile, String(process.pid), 0o644);
  return () => {
    rmSync(pidFile, { force: true });
    rmSync(lock, { force: true });
  };
}

function tryLink(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function liveHolder(text: string): number | null {
  const holder = holderSchema.safeParse(parseJson(text));
  if (!holder.success) return null;
  const { pid, identity } = holder.data;
  return identifyProcess(pid) === identity ? pid : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Two starts may find the same dead lock at once: who moved away a fresh one by mistake puts it back. */
function removeStale(lock: string, judged: string, own: string): void {
  const moved = `${own}.stale`;
  try {
    renameSync(lock, moved);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(moved) !== judged) tryLink(moved, lock);
  rmSync(moved, { force: true });
}
