import { Client, FTPError } from 'basic-ftp';
import { PassThrough } from 'node:stream';
import type { AppError } from '../../domain/errors.ts';
import { cleanFileName } from '../../platform/file-name.ts';
import { appErrorIn, connectionFailure, hideSecrets } from './failures.ts';
import { dataConnections, openControl } from './ftp-connections.ts';
import type { FtpSource } from './ftp-connections.ts';
import { checkSize, checkVersion, cutOff, DEFAULT_STALL_MS, guarded, rejected, unreachable } from './opened.ts';
import type { OpenedSource, OpenOptions } from './opened.ts';

/** A password, a user, a path: each is a line of the protocol, which ends where a line break is. */
const LINE_BREAK = /[\r\n\0]/u;
const BUFFER_BYTES = 1_048_576;

/**
 * Opens a file on an FTP server, always in passive mode. The guard makes the control connection and the data
 * connection, which goes to the address of the former, whatever the server names.
 * @throws AppError `source_unreachable`: not reached, silent, cut off, or the server has trouble (4xx);
 *   `source_rejected`: it refuses user, password or file; `too_large`; the signal's reason
 */
export async function fetchFtp(source: FtpSource, options: OpenOptions): Promise<OpenedSource> {
  const { signal, resumeFrom = 0, stallMs = DEFAULT_STALL_MS } = options;
  const { host, path } = source;
  signal.throwIfAborted();
  if ([source.user, source.password, path].some((text) => LINE_BREAK.test(text))) {
    throw rejected(host, 'cannot be sent a user, password or path with a line break in it');
  }
  const client = new Client(stallMs);
  const onAbort = (): void => client.close();
  signal.addEventListener('abort', onAbort, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', onAbort);
    client.close();
  };
  try {
    await openControl(client, source, options);
    client.prepareTransfer = dataConnections(source, options);
    await logIn(client, source);
    const size = await client.size(path).catch(untold);
    const modified = await client.lastMod(path).catch(untold);
    const etag = size === null || modified === null ? null : `${size} ${modified.toISOString()}`;
    checkSize(size, options);
    checkVersion(etag, options, host);
    const body = guarded(download(client, source, { resumeFrom, size, close }), options, host);
    return { size, etag, name: cleanFileName(path), charset: null, hostKey: null, body };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw ftpFailure(error, source);
  }
}

async function logIn(client: Client, { user, password }: FtpSource): Promise<void> {
  await client.sendIgnoringError('OPTS UTF8 ON');
  await client.login(user, password);
  await client.useDefaultSettings();
}

interface Download {
  readonly resumeFrom: number;
  readonly size: number | null;
  readonly close: () => void;
}

async function* download(
  client: Client,
  source: FtpSource,
  { resumeFrom, size, close }: Download,
): AsyncGenerator<Buffer, void, undefined> {
  const arriving = new PassThrough({ highWaterMark: BUFFER_BYTES });
  const done = client.downloadTo(arriving, source.path, resumeFrom);
  done.catch((error: unknown) => arriving.destroy(error instanceof Error ? error : new Error('failed')));
  let bytes = resumeFrom;
  try {
    for await (const chunk of arriving as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
    // Only the server's word that it has sent all of it tells an end from a broken connection.
    await done;
  } catch (error) {
    const said = error instanceof FTPError || appErrorIn(error) !== null;
    throw said || size === null || bytes >= size ? ftpFailure(error, source) : cutOff(source.host, bytes, size);
  } finally {
    close();
  }
  if (size !== null && bytes !== size) throw cutOff(source.host, bytes, size);
}

/** A server need not know `SIZE` and `MDTM`, and says in many ways that it has no such file; `RETR` tells what holds. */
function untold(error: unknown): null {
  if (error instanceof FTPError && error.code >= 500) return null;
  throw error;
}

function ftpFailure(error: unknown, { host, port, user, password }: FtpSource): AppError {
  if (!(error instanceof FTPError)) return connectionFailure(error, { host, port, secrets: [password] });
  const said = hideSecrets(error.message, [password]);
  const details = { reply: error.code };
  if (error.code === 530 || error.code === 332) return rejected(host, `does not let ${user} in: ${said}`, details);
  if (error.code < 500) return unreachable(host, `has trouble: ${said}`, details);
  return rejected(host, `does not give the file: ${said}`, details);
}
