import { randomUUID } from 'node:crypto';
import { write as writeWithCallback } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../domain/errors.ts';
import { tooLarge } from './refusal.ts';

const READ_BYTES = 256 * 1024;

/** A file without a name: its room is given back when it is closed or the process ends, however that happens. */
export class ScratchFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(folder: string): Promise<ScratchFile> {
    const path = join(folder, `lading-${randomUUID()}`);
    const handle = await open(path, 'wx+', 0o600);
    await unlink(path);
    return new ScratchFile(handle);
  }

  /** A scratch file with everything that comes; more than `maxBytes` is refused. */
  static async of(
    input: AsyncIterable<Uint8Array>,
    options: { folder: string; maxBytes: number; signal: AbortSignal },
  ): Promise<ScratchFile> {
    const file = await ScratchFile.create(options.folder);
    try {
      for await (const chunk of input) {
        options.signal.throwIfAborted();
        if (file.size + chunk.length > options.maxBytes) {
          throw tooLarge(`The file has more than ${options.maxBytes} bytes.`, { max_bytes: options.maxBytes });
        }
        await file.append(chunk);
      }
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** For threads of this process; stays ours to close. */
  get fd(): number {
    return this.#handle.fd;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeAt(this.fd, bytes, this.#size);
    this.#size += bytes.length;
  }

  /** The bytes from `start` on, up to `end` (exclusive). */
  async *read(start: number, end: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    for (let at = start; at < end;) {
      signal.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error(`a scratch file ends at ${at} instead of ${end}`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const write = promisify(writeWithCallback);

/** Writes all of the bytes; AppError `unavailable` when the disk has no room. */
export async function writeAt(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  try {
    while (done < bytes.length) {
      const { bytesWritten } = await write(fd, bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw outOfRoom(error);
  }
}

function outOfRoom(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') return error;
  return new AppError('unavailable', 'There is not enough room on disk to unpack the file.', { cause: error });
}
