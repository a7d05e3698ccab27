import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { AppError } from '../domain/errors.ts';

/** An account of the operating system that a child process runs as. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account PostgreSQL must run as, for it refuses to run as root: `postgres`, which is made when there is none.
 * `null` when this process is not root and PostgreSQL simply runs as the same user.
 */
export function postgresUser(): OsUser | null {
  if (process.getuid?.() !== 0) return null;
  const existing = lookUp('postgres');
  if (existing !== null) return existing;
  const attempts: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']],
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', 'postgres']],
  ];
  const failures: string[] = [];
  for (const [command, args] of attempts) {
    try {
      execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      failures.push(error instanceof Error ? error.message.trim() : String(error));
      continue;
    }
    const made = lookUp('postgres');
    if (made !== null) return made;
  }
  throw new AppError(
    'unavailable',
    `PostgreSQL does not run as root and the OS user "postgres" could not be made (${failures.join('; ')}). ` +
      'Make it by hand, start as another user, or give DATABASE_URL.',
  );
}

function lookUp(name: string): OsUser | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid) };
  }
  return null;
}
