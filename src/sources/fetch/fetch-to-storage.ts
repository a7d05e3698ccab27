import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import type { OutboundGuard } from '../../platform/outbound-guard.ts';
import { blocks } from '../../platform/storage/blocks.ts';
import { tooLarge } from '../../platform/storage/measured.ts';
import type { ObjectStorage, StoredFile } from '../../platform/storage/object-storage.ts';
import { FetchedParts } from './fetched-parts.ts';
import type { AboutFile } from './fetched-parts.ts';
import type { OpenedSource, OpenOptions } from './opened.ts';

/** How far a fetch has come. */
export interface FetchProgress {
  readonly bytes: number;
  /** Of the whole file, as far as its host tells. */
  readonly size: number | null;
}

export interface FetchOptions {
  readonly storage: ObjectStorage;
  /** Under which the file is stored when all of it is there; beside it, below `KEY.parts/`, what has come so far. */
  readonly key: string;
  readonly guard: OutboundGuard;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly stallMs?: number;
  /** Bytes of a part, which is what dies with the process at most; 16 MiB by default. */
  readonly partBytes?: number;
  /** Told after each stored part, which another attempt would go on from. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Milliseconds before the first of the tries that bring nothing; each waits twice as long. 1,000 by default. */
  readonly restMs?: number;
}

export interface FetchedFile extends StoredFile {
  readonly name: string | null;
  readonly charset: string | null;
  readonly etag: string | null;
  readonly hostKey: string | null;
}

const PART_BYTES = 16 * 2 ** 20;
/** Tries in a row that bring nothing new; then whoever called may wait longer than we do. */
const VAIN_TRIES = 4;
/** A file that is always another one when it is asked for again is never fetched. */
const VERSIONS = 3;

/** What is known of the file, with or without a version by which to go on. */
type About = Omit<AboutFile, 'etag'> & { readonly etag: string | null };

type Open = (options: OpenOptions) => Promise<OpenedSource>;

/**
 * Fetches a file to storage and goes on where it was when a connection breaks, or when an earlier attempt with the same
 * key has died, as long as the host has the same version of the file; else it begins anew.
 * @throws what `open` throws, when trying again does not help
 */
export async function fetchToStorage(open: Open, options: FetchOptions): Promise<FetchedFile> {
  const { storage, key, signal, maxBytes } = options;
  const fetching = new Fetching(open, options);
  try {
    const { name, charset, etag, hostKey } = await fetching.finish();
    const stored = await storage.put(key, fetching.parts.read(signal), { signal, maxBytes });
    await fetching.parts.discard();
    return { ...stored, name, charset, etag, hostKey };
  } catch (error) {
    throw error instanceof AppError && error.code === 'not_found' ? overtaken(error) : error;
  }
}

/** Parts are gone under our hands: another attempt, which we were thought dead for, has come to its end. */
function overtaken(cause: AppError): AppError {
  return new AppError('unavailable', 'Somebody else has fetched the file meanwhile.', { cause });
}

/** Removes what fetches that came to no end have left of a file. */
export async function discardFetch(storage: ObjectStorage, key: string): Promise<void> {
  await new FetchedParts(storage, key).discard();
}

class Fetching {
  readonly parts: FetchedParts;
  readonly #open: Open;
  readonly #options: FetchOptions;
  #file: About | null = null;

  constructor(open: Open, options: FetchOptions) {
    this.parts = new FetchedParts(options.storage, options.key);
    this.#open = open;
    this.#options = options;
  }

  /** Tries until all of the file is there. */
  async finish(): Promise<About> {
    const { signal, restMs = 1_000 } = this.#options;
    this.#file = await this.parts.find(signal);
    if (this.#file === null) await this.parts.discard();
    for (let [vain, versions] = [0, 1]; ;) {
      const before = this.parts.bytes;
      try {
        return await this.#fetchRest();
      } catch (error) {
        signal.throwIfAborted();
        const changed = reasonOf(error) === 'changed';
        if (changed ? ++versions > VERSIONS : !mayHelp(error)) throw error;
        vain = this.parts.bytes > before ? 0 : vain + 1;
        if (vain > VAIN_TRIES) throw error;
        if (changed || this.#file?.etag === null) await this.#beginAnew();
        await delay(restMs * 2 ** vain, undefined, { signal });
      }
    }
  }

  async #fetchRest(): Promise<About> {
    const { signal } = this.#options;
    if (this.#file !== null && this.#file.size === this.parts.bytes) return this.#file;
    // Whatever happens, what was opened is closed, also where nobody has begun to read it.
    const close = new AbortController();
    try {
      return await this.#fetchFrom(AbortSignal.any([signal, close.signal]));
    } finally {
      close.abort();
    }
  }

  async #fetchFrom(signal: AbortSignal): Promise<About> {
    const { guard, maxBytes, stallMs, partBytes = PART_BYTES, onProgress } = this.#options;
    const opened = await this.#open({
      guard,
      signal,
      maxBytes,
      resumeFrom: this.parts.bytes,
      etag: this.#file?.etag ?? null,
      ...(stallMs === undefined ? {} : { stallMs }),
    });
    const { body, size, etag, name, charset, hostKey } = opened;
    const file: About = this.#file ?? { size, etag, name, charset, hostKey };
    if (this.#file === null) await this.parts.begin(file);
    this.#file = file;
    const failures: Error[] = [];
    const came = untilFailure(body, (error) => failures.push(error));
    for await (const { pieces } of blocks(came, partBytes)) {
      await this.parts.add(pieces, signal);
      if (this.parts.bytes > maxBytes) throw tooLarge(maxBytes);
      onProgress?.({ bytes: this.parts.bytes, size: file.size });
    }
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    return file;
  }

  async #beginAnew(): Promise<void> {
    await this.parts.discard();
    this.#file = null;
  }
}

/** Whether the same may go better in a moment. */
function mayHelp(error: unknown): boolean {
  return error instanceof AppError && error.code === 'source_unreachable' && reasonOf(error) !== 'outbound_refused';
}

function reasonOf(error: unknown): unknown {
  return error instanceof AppError ? error.details['reason'] : null;
}

/** Ends where the body breaks, so that what came before is not lost, and says why. */
async function* untilFailure(
  body: AsyncIterable<Buffer>,
  broke: (error: Error) => void,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    broke(error instanceof Error ? error : new Error('the body broke'));
  }
}
