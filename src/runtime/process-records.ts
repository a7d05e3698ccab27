import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { endProcess } from './end-process.ts';
import { readIfThere, replaceFile } from './home.ts';
import type { Home } from './home.ts';
import { identifyProcess } from './process-identity.ts';

const recordSchema = z.object({ pid: z.number(), identity: z.string() });

/** Writes down a started process: `NAME.pid` for people and scripts, `NAME.json` to recognise it after we died. */
export function recordProcess(home: Home, name: string, pid: number): void {
  replaceFile(join(home.run, `${name}.json`), JSON.stringify({ pid, identity: identifyProcess(pid) }), 0o600);
  replaceFile(join(home.run, `${name}.pid`), String(pid), 0o644);
}

/** Removes what `recordProcess` wrote. */
export function forgetProcess(home: Home, name: string): void {
  rmSync(join(home.run, `${name}.pid`), { force: true });
  rmSync(join(home.run, `${name}.json`), { force: true });
}

/**
 * Ends every process that a killed supervisor of this home left running, and removes all stale records. A pid that now
 * belongs to another process is left alone. Returns the names of those that had to be ended.
 */
export async function endOrphans(home: Home): Promise<string[]> {
  const names = readdirSync(home.run)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));
  const ended = await Promise.all(names.map((name) => endOrphan(home, name)));
  for (const file of readdirSync(home.run)) {
    if (file.endsWith('.pid') && file !== 'supervisor.pid') rmSync(join(home.run, file), { force: true });
  }
  return names.filter((_, at) => ended[at]);
}

async function endOrphan(home: Home, name: string): Promise<boolean> {
  const record = readRecord(join(home.run, `${name}.json`));
  const found = record !== null && identifyProcess(record.pid) === record.identity;
  // PostgreSQL takes SIGTERM as "wait until every client has left"; SIGINT and SIGQUIT are its orderly and hasty stop.
  const signals = name === 'postgres' ? (['SIGINT', 'SIGQUIT'] as const) : (['SIGTERM'] as const);
  if (found) await endProcess(record.pid, record.identity, signals);
  forgetProcess(home, name);
  return found;
}

function readRecord(path: string): z.output<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(readIfThere(path) ?? 'null'));
  } catch {
    return null;
  }
}
