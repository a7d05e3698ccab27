import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { makeFolder } from '../platform/make-folder.ts';

/** Paths of everything the embedded mode keeps in its home. */
export interface Home {
  readonly path: string;
  /** Pid files and the addresses in use. */
  readonly run: string;
  readonly log: string;
  readonly bin: string;
  readonly postgres: string;
  readonly temporalDatabase: string;
  readonly databasePassword: string;
  readonly secretKey: string;
  readonly adminPassword: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
}

/**
 * Makes the folders of a home that are not there yet, closed to other users; what exists keeps its mode. Throws a
 * `ConfigError` for a place where no home can be.
 */
export function openHome(path: string): Home {
  const run = join(path, 'run');
  const home: Home = {
    path,
    run,
    log: join(path, 'log'),
    bin: join(path, 'bin'),
    postgres: join(path, 'postgres'),
    temporalDatabase: join(path, 'temporal.db'),
    databasePassword: join(path, 'database-password'),
    secretKey: join(path, 'secret.key'),
    adminPassword: join(path, 'admin-password'),
    databaseUrl: join(run, 'database-url'),
    temporalAddress: join(run, 'temporal-address'),
  };
  try {
    for (const folder of [home.path, home.run, home.log]) {
      makeFolder(folder, 0o700);
      accessSync(folder, constants.W_OK);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`LADING_HOME: cannot be ${path}: ${reason}`], { cause });
  }
  return home;
}

/** The path of a component's log. */
export function logFile(home: Home, name: string): string {
  return join(home.log, `${name}.log`);
}

/** The text of a file, without the line end; `null` when it is not there. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Replaces a file as a whole: a reader sees the old text or the new one, never a part. */
export function replaceFile(path: string, text: string, mode: number): void {
  const unfinished = `${path}.${process.pid}.new`;
  writeFileSync(unfinished, `${text}\n`, { mode });
  chmodSync(unfinished, mode);
  renameSync(unfinished, path);
}

/** The secret a file of mode 0600 holds; a random one is made and kept when the file is not there. */
export function keptSecret(path: string): string {
  const kept = readIfThere(path);
  if (kept !== null && kept !== '') return kept;
  const made = randomBytes(32).toString('base64url');
  const unfinished = `${path}.${process.pid}.new`;
  writeFileSync(unfinished, `${made}\n`, { mode: 0o600 });
  try {
    if (kept === '') rmSync(path);
    // Linking fails where renaming would overwrite: a secret that somebody made meanwhile stays.
    linkSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return made;
}
