import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SFTPWrapper } from 'ssh2';
import type SftpClient from 'ssh2-sftp-client';
import type { AppError } from '../../domain/errors.ts';
import { cleanFileName } from '../../platform/file-name.ts';
import { appErrorIn, connectionFailure, hideSecrets } from './failures.ts';
import { checkSize, checkVersion, cutOff, DEFAULT_STALL_MS, guarded, rejected, unreachable } from './opened.ts';
import type { OpenedSource, OpenOptions } from './opened.ts';
import { openRemote } from './sftp-file.ts';

export interface SftpSource {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly path: string;
  /** The fingerprint that the host's key must have, as `ssh-keygen -l` shows it: `SHA256:…`. Without one any will do. */
  readonly hostKey?: string | null;
}

/** What SFTP answers about a file: it is not there, or may not be read. */
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

/**
 * Opens a file on an SFTP server, with a password.
 * @throws AppError `source_unreachable`: not reached, silent or cut off; `source_rejected`: it refuses user, password or
 *   file, or has another key than it should (`details.host_key` tells which); `too_large`; the signal's reason
 */
export async function fetchSftp(source: SftpSource, options: OpenOptions): Promise<OpenedSource> {
  const { guard, signal, resumeFrom = 0, stallMs = DEFAULT_STALL_MS } = options;
  const { host, port, path } = source;
  const socket = await guard.connect(host, port, { signal });
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  };
  try {
    const { sftp, hostKey } = await logIn(socket, source, stallMs);
    const file = await openRemote(sftp, path, AbortSignal.any([signal, AbortSignal.timeout(stallMs)]));
    const etag = file.size === null ? null : `${file.size} ${file.modified}`;
    checkSize(file.size, options);
    checkVersion(etag, options, host);
    const body = guarded(
      read(file.read(resumeFrom), { source, from: resumeFrom, size: file.size, close }),
      options,
      host,
    );
    return { size: file.size, etag, name: cleanFileName(path), charset: null, hostKey, body };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw sftpFailure(error, source);
  }
}

async function logIn(
  socket: Socket,
  { host, user, password, hostKey: pinned = null }: SftpSource,
  stallMs: number,
): Promise<{ sftp: SFTPWrapper; hostKey: string }> {
  const { default: Client } = await import('ssh2-sftp-client');
  const quiet = (): void => undefined;
  const client: SftpClient = new Client('lading', { error: quiet, end: quiet, close: quiet });
  let hostKey = '';
  let refused = false;
  client.on('error', (error: unknown) => {
    refused ||= error instanceof Error && 'level' in error && error.level === 'client-authentication';
  });
  client.on('keyboard-interactive', (...[, , , prompts, answer]: KeyboardInteractive) => {
    answer(prompts.map(() => password));
  });
  try {
    const sftp = await client.connect({
      sock: socket,
      username: user,
      password,
      tryKeyboard: true,
      readyTimeout: stallMs,
      hostVerifier: (key: Buffer) => {
        hostKey = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/u, '')}`;
        return pinned === null || pinned === hostKey;
      },
    });
    // What is no SFTP ends the connection, and so what is waited for on it.
    sftp.on('error', () => socket.destroy());
    return { sftp, hostKey };
  } catch (error) {
    if (pinned !== null && hostKey !== '' && pinned !== hostKey) {
      throw rejected(host, `has another key than the one that is known: ${hostKey}`, { host_key: hostKey });
    }
    if (refused) throw rejected(host, `does not let ${user} in with this password`, { host_key: hostKey });
    throw error;
  }
}

type KeyboardInteractive = [string, string, string, readonly unknown[], (answers: readonly string[]) => void];

interface Reading {
  readonly source: SftpSource;
  readonly from: number;
  readonly size: number | null;
  readonly close: () => void;
}

async function* read(
  body: AsyncIterable<Buffer>,
  { source, from, size, close }: Reading,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = from;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw sftpFailure(error, source);
  } finally {
    close();
  }
  if (size !== null && bytes !== size) throw cutOff(source.host, bytes, size);
}

function sftpFailure(error: unknown, { host, port, password }: SftpSource): AppError {
  const own = appErrorIn(error);
  if (own !== null) return own;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (typeof code !== 'number') return connectionFailure(error, { host, port, secrets: [password] });
  const said = hideSecrets(error instanceof Error ? error.message : '', [password]);
  if (code === NO_SUCH_FILE || code === PERMISSION_DENIED) return rejected(host, `does not give the file: ${said}`);
  return unreachable(host, `has trouble: ${said}`);
}
