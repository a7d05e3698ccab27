import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { StoredFile } from './object-storage.ts';

/** Counts and hashes the bytes of a file while they are stored. */
export class Measured {
  readonly #hash = createHash('sha256');
  readonly #maxBytes: number;
  #size = 0;

  constructor(maxBytes = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes;
  }

  /** Throws `too_large` when these bytes are more than there may be. */
  add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#hash.update(bytes);
  }

  /** Once, at the end. */
  result(): StoredFile {
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }
}

/** A file has more bytes than it may have. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The file is larger than the ${maxBytes} bytes that are allowed.`, {
    details: { max_bytes: maxBytes },
  });
}
