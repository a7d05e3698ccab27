import type { SFTPWrapper, Stats } from 'ssh2';

/** A file of an SFTP server. */
export interface RemoteFile {
  readonly size: number | null;
  /** When it was last changed, in seconds. */
  readonly modified: number;
  /** Its bytes from one on. */
  read(from: number): AsyncIterable<Buffer>;
}

/** What every server has to give at once; one that gives less is asked again. */
const PIECE_BYTES = 32_768;
/** Asked for ahead, as each answer takes the way there and back: 2 MiB a round trip. */
const AHEAD = 64;
/** How SFTP says that a file has ended, as ssh2 hands it on. */
const END_OF_FILE = 1;

/** Opens it for reading; it is closed with the connection. */
export async function openRemote(sftp: SFTPWrapper, path: string, signal: AbortSignal): Promise<RemoteFile> {
  const handle = await answered<Buffer>(signal, (done) => sftp.open(path, 'r', done));
  const { size, mtime } = await answered<Stats>(signal, (done) => sftp.fstat(handle, done));
  return {
    size: Number.isSafeInteger(size) ? size : null,
    modified: mtime,
    async *read(from) {
      const asked: Promise<Buffer>[] = [];
      for (let next = from; ;) {
        for (; asked.length < AHEAD; next += PIECE_BYTES) {
          const piece = readPiece(sftp, handle, next);
          // Of those asked for in vain nobody hears.
          piece.catch(() => undefined);
          asked.push(piece);
        }
        const piece = await asked.shift();
        if (piece === undefined || piece.length === 0) return;
        yield piece;
        if (piece.length < PIECE_BYTES) return;
      }
    },
  };
}

/** So many bytes from one on; fewer only where the file ends. */
async function readPiece(sftp: SFTPWrapper, handle: Buffer, from: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let filled = 0;
  while (filled < PIECE_BYTES) {
    const bytes = await readSome(sftp, handle, piece, filled, from + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return piece.subarray(0, filled);
}

async function readSome(sftp: SFTPWrapper, handle: Buffer, into: Buffer, at: number, from: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  sftp.read(handle, into, at, PIECE_BYTES - at, from, (error, bytes) => {
    if (error === undefined || error === null) resolve(bytes);
    else if ('code' in error && error.code === END_OF_FILE) resolve(0);
    else reject(error);
  });
  return promise;
}

async function answered<T>(
  signal: AbortSignal,
  ask: (done: (error: Error | undefined, answer: T) => void) => void,
): Promise<T> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  signal.addEventListener('abort', onAbort, { once: true });
  ask((error, answer) => (error ? reject(error) : resolve(answer)));
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}
