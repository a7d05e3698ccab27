import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../domain/errors.ts';
import { tooLarge } from './refusal.ts';

const read = promisify(fs.read);
const write = promisify(fs.write);
const close = promisify(fs.close);

const READ_BYTES = 256 * 1024;

/** A file without a name: its room is given back when it is closed or the process ends, however that happens. */
export class ScratchFile implements AsyncDisposable {
  /** For other processes, too; stays ours to close. */
  readonly fd: number;
  #size = 0;
  #closed = false;

  private constructor(fd: number) {
    this.fd = fd;
  }

  static create(folder: string): ScratchFile {
    const path = join(folder, `lading-${randomUUID()}`);
    // At once, so that there is hardly a moment in which a process could die and leave the name.
    const fd = fs.openSync(path, 'wx+', 0o600);
    fs.unlinkSync(path);
    return new ScratchFile(fd);
  }

  /** A scratch file with everything that comes; more than `maxBytes` is refused. */
  static async of(
    input: AsyncIterable<Uint8Array>,
    options: { folder: string; maxBytes: number; signal: AbortSignal },
  ): Promise<ScratchFile> {
    const file = ScratchFile.create(options.folder);
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
      const { bytesRead } = await read(this.fd, buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error(`a scratch file ends at ${at} instead of ${end}`);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await close(this.fd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

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
