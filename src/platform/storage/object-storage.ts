/** A file that lies in storage: its length in bytes and the SHA-256 of them, in hex. */
export interface StoredFile {
  readonly size: number;
  readonly sha256: string;
}

export interface PutOptions {
  readonly signal?: AbortSignal | undefined;
  /** The most bytes the file may have; one more is `too_large`. */
  readonly maxBytes?: number;
  /** The pieces are nobody else's: their memory may be given back as soon as they are stored. */
  readonly release?: boolean;
}

export interface ReadOptions {
  /** The first byte; 0 when not given. */
  readonly start?: number;
  /** The byte after the last; the end of the file when not given, or when it lies beyond that. */
  readonly end?: number;
  readonly signal?: AbortSignal | undefined;
  /** A piece may be written over when the next one is asked for: what reads much needs no new memory for it. */
  readonly reuse?: boolean;
}

/** What whoever has a link may do, and for how long. */
export interface LinkOptions {
  readonly method: 'get' | 'put';
  readonly seconds: number;
  /** Under which name a browser keeps what it gets: letters, digits, `.`, `_` and `-`. */
  readonly fileName?: string;
}

export interface ListedFile {
  readonly key: string;
  readonly size: number;
  readonly storedAt: Date;
}

/**
 * Where uploads, fetched files, exports and reports lie, a folder or a bucket. Keys are made by us and never hold
 * anything a user wrote: parts of lower-case letters, digits, `.`, `_` and `-` between slashes. A file is there whole
 * or not at all. All methods throw `not_found` for a key that is not there and `unavailable` where storage itself fails.
 */
export interface ObjectStorage {
  /**
   * Stores what the iterable gives, in place of what the key held before. When it throws, the signal fires, or the
   * process dies, nothing of it stays, and what the key held is still there.
   * @throws AppError `too_large`; whatever `body` throws; the signal's reason
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredFile>;
  /** The bytes from `start` up to `end`. Throws when the first is asked for. */
  read(key: string, options?: ReadOptions): AsyncIterable<Buffer>;
  /** Its length in bytes. */
  size(key: string): Promise<number>;
  /** Removes a file; one that is not there is as good as removed. */
  remove(key: string): Promise<void>;
  /** All files whose keys begin with this, which is empty or ends with a slash, in no particular order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<ListedFile>;
  /**
   * A URL by which a file is stored or read without asking us. Null where storage has none of its own: a folder.
   * The file need not be there yet.
   */
  link(key: string, options: LinkOptions): Promise<string | null>;
  /**
   * Removes what puts have left behind whose process has died; those under way are left alone, whoever runs them.
   * @returns how many
   */
  sweep(signal?: AbortSignal): Promise<number>;
}

const PART = '[a-z0-9][a-z0-9._-]*';
const KEY = new RegExp(`^${PART}(?:/${PART})*$`, 'u');
const PREFIX = new RegExp(`^(?:${PART}/)*$`, 'u');
const MAX_KEY = 512;

/** The key, when it is one. Anything else is a bug: no key is made of what a user wrote. */
export function checkedKey(key: string): string {
  if (key.length > MAX_KEY || !KEY.test(key)) throw new Error(`not a storage key: ${JSON.stringify(key)}`);
  return key;
}

/** The prefix, when it is one. */
export function checkedPrefix(prefix: string): string {
  if (prefix.length > MAX_KEY || !PREFIX.test(prefix)) throw new Error(`not a prefix: ${JSON.stringify(prefix)}`);
  return prefix;
}
