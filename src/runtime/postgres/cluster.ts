import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AppError } from '../../domain/errors.ts';
import type { OsUser } from '../os-user.ts';
import type { PostgresBinaries } from './binaries.ts';

/** The superuser of an embedded server; its password is random. */
export const SUPERUSER = 'lading';

/**
 * How the server is told its data folder. When it runs as another account, that account may be unable to walk the path
 * (a home of mode 0700), so we enter the folder for it and name it as the working directory, which every PostgreSQL
 * process keeps for its whole life.
 */
export function dataFolderArgument(folder: string, user: OsUser | null): string {
  return user === null ? folder : '/proc/self/cwd';
}

/** Which data folder to make; `signal` gives it up. */
export interface ClusterOptions {
  readonly folder: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly user: OsUser | null;
  readonly signal: AbortSignal;
}

/**
 * Makes the data folder unless it is there: UTF8, PostgreSQL's own C.UTF-8 (the same on every machine), password
 * login only. An interrupted attempt leaves nothing that could be taken for a finished one.
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { folder, password, user } = options;
  if (existsSync(join(folder, 'PG_VERSION'))) return;
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  if (user !== null) await chown(unfinished, user.uid, user.gid);
  await withPasswordFile(`${folder}.password`, password, user, (fd) => initialise(unfinished, fd, options));
  await rename(unfinished, folder);
}

/** The file is handed over open: the other account can read it through its descriptor, though not by its path. */
async function withPasswordFile(
  path: string,
  password: string,
  user: OsUser | null,
  use: (fd: number) => Promise<void>,
): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx+', 0o600);
  try {
    await file.writeFile(`${password}\n`);
    if (user !== null) await file.chown(user.uid, user.gid);
    await use(file.fd);
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

async function initialise(folder: string, passwordFd: number, options: ClusterOptions): Promise<void> {
  const { user } = options;
  const args = [
    `--pgdata=${dataFolderArgument(folder, user)}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    '--pwfile=/dev/fd/3',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  const child = spawn(options.binaries.initdb, args, {
    signal: options.signal,
    cwd: folder,
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', passwordFd],
    ...user,
  });
  const { stderr } = child;
  if (stderr === null) throw new Error('initdb was started without a pipe for its messages');
  const [messages, [code, signal]] = await Promise.all([text(stderr), once(child, 'close')]);
  if (code !== 0) {
    throw new AppError(
      'unavailable',
      `PostgreSQL's data folder ${folder} could not be made (${signal ?? `exit ${code}`}): ${messages.trim()}`,
    );
  }
}
