import { createReadStream } from 'node:fs';
import { open, opendir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { AppError, notFound } from '../../domain/errors.ts';
import { makeFolder } from '../make-folder.ts';
import { systemCode } from '../network-failure.ts';
import { watched } from '../watched.ts';
import { blocks } from './blocks.ts';
import type { Block } from './blocks.ts';
import { INCOMING, openIncoming, sweepIncoming } from './incoming.ts';
import { Measured } from './measured.ts';
import { checkedKey, checkedPrefix } from './object-storage.ts';
import { readOver } from './read-over.ts';
import { releaseMemory } from './release-memory.ts';
import type { ListedFile, ObjectStorage, PutOptions, ReadOptions, StoredFile } from './object-storage.ts';

const WRITE_BYTES = 1_048_576;
const READ_BYTES = 1_048_576;
/** So that it does not all wait for the end, when somebody waits for an answer. */
const SYNC_BYTES = 16 * 1_048_576;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Storage in a folder, which is made with mode 0700; several processes, on several machines, may share it. */
export class FolderStorage implements ObjectStorage {
  readonly #root: string;
  readonly #incoming: string;

  constructor(root: string) {
    this.#root = resolve(root);
    this.#incoming = join(this.#root, INCOMING);
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredFile> {
    const path = this.#path(key);
    return inFolder(async () => {
      makeFolder(this.#incoming, 0o700);
      const incoming = await openIncoming(this.#incoming);
      try {
        const stored = await writeAll(incoming.handle, body, options);
        await incoming.handle.sync();
        options.signal?.throwIfAborted();
        makeFolder(dirname(path), 0o700);
        await rename(incoming.path, path);
        await this.#syncUpTo(dirname(path));
        return stored;
      } catch (error) {
        await rm(incoming.path, { force: true });
        throw error;
      } finally {
        await incoming.close();
      }
    });
  }

  async *read(
    key: string,
    { start = 0, end, signal, reuse = false }: ReadOptions = {},
  ): AsyncGenerator<Buffer, void, undefined> {
    signal?.throwIfAborted();
    const path = this.#path(key);
    const size = await this.size(key);
    const stop = Math.min(end ?? size, size);
    if (start >= stop) return;
    const options = { start, end: stop - 1, highWaterMark: READ_BYTES };
    const pieces = reuse
      ? readOver(path, { start, end: stop, pieceBytes: READ_BYTES })
      : (createReadStream(path, signal === undefined ? options : { ...options, signal }) as AsyncIterable<Buffer>);
    try {
      for await (const piece of pieces) {
        if (reuse) signal?.throwIfAborted();
        yield piece;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw systemCode(error) === 'ENOENT' ? notFound('Stored file') : error;
    }
  }

  async size(key: string): Promise<number> {
    const found = await stat(this.#path(key)).catch((error: unknown) => {
      throw isAbsent(error) ? notFound('Stored file') : error;
    });
    if (!found.isFile()) throw notFound('Stored file');
    return found.size;
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true }).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<ListedFile, void, undefined> {
    yield* this.#listFolder(join(this.#root, checkedPrefix(prefix)), signal);
  }

  async link(): Promise<string | null> {
    return Promise.resolve(null);
  }

  async sweep(): Promise<number> {
    return sweepIncoming(this.#incoming);
  }

  async *#listFolder(folder: string, signal: AbortSignal | undefined): AsyncGenerator<ListedFile, void, undefined> {
    const entries = await opendir(folder).catch((error: unknown) => {
      if (isAbsent(error)) return null;
      throw error;
    });
    if (entries === null) return;
    for await (const entry of entries) {
      signal?.throwIfAborted();
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== INCOMING) yield* this.#listFolder(path, signal);
      if (!entry.isFile()) continue;
      const found = await stat(path).catch(() => null);
      if (found === null) continue;
      yield { key: relative(this.#root, path).split(sep).join('/'), size: found.size, storedAt: found.mtime };
    }
  }

  #path(key: string): string {
    return join(this.#root, checkedKey(key));
  }

  /** A rename is lasting when the folder is written, and a new folder when the one above it is. */
  async #syncUpTo(folder: string): Promise<void> {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (folder !== this.#root) await this.#syncUpTo(dirname(folder));
  }
}

/** Writes a block while the next one comes, and has what was written brought to the disk meanwhile. */
async function writeAll(
  handle: FileHandle,
  body: AsyncIterable<Uint8Array>,
  { signal, maxBytes, release = false }: PutOptions,
): Promise<StoredFile> {
  const measured = new Measured(maxBytes);
  let writing: Promise<void> = Promise.resolve();
  let syncing: Promise<void> = Promise.resolve();
  let isSyncing = false;
  let unsynced = 0;
  const write = async ({ pieces, size }: Block): Promise<void> => {
    await writePieces(handle, pieces);
    if (release) for (const piece of pieces) releaseMemory(piece);
    unsynced += size;
    if (unsynced < SYNC_BYTES || isSyncing) return;
    // Linux tells of what it could not write once, and then never again.
    await syncing;
    unsynced = 0;
    isSyncing = true;
    syncing = handle.datasync().finally(() => (isSyncing = false));
    syncing.catch(() => undefined);
  };
  try {
    for await (const block of blocks(watched(body, { signal }), WRITE_BYTES)) {
      for (const piece of block.pieces) measured.add(piece);
      await writing;
      writing = write(block);
      writing.catch(() => undefined);
    }
    await writing;
    await syncing;
  } finally {
    // Nothing may be written any more when the file is closed.
    await Promise.allSettled([writing, syncing]);
  }
  return measured.result();
}

async function writePieces(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let left = [...pieces];
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left);
    left = left.flatMap((piece) => {
      const written = Math.min(bytesWritten, piece.length);
      bytesWritten -= written;
      return written === piece.length ? [] : [piece.subarray(written)];
    });
  }
}

async function inFolder<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!FULL.has(systemCode(error) ?? '')) throw error;
    throw new AppError('unavailable', 'There is no room left where files are stored.', { cause: error });
  }
}

function isAbsent(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
