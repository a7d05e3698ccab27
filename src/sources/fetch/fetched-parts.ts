import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';

/** What is known of the file that the parts are of. */
const about = z.object({
  etag: z.string(),
  size: z.number().nullable(),
  name: z.string().nullable(),
  charset: z.string().nullable(),
  hostKey: z.string().nullable(),
});

export type AboutFile = z.output<typeof about>;

interface Part {
  readonly key: string;
  readonly start: number;
  readonly size: number;
}

/**
 * The parts of a file that is being fetched, each stored whole, so that whoever goes on after a death has them. A part
 * is never written twice: two who fetch at once, as the one was thought dead, do not touch each other's. Parts of two
 * versions lie apart.
 */
export class FetchedParts {
  readonly #storage: ObjectStorage;
  readonly #folder: string;
  readonly #parts: Part[] = [];
  #version = '';

  constructor(storage: ObjectStorage, key: string) {
    this.#storage = storage;
    this.#folder = `${key}.parts/`;
  }

  /** Bytes that are here, from the file's first on. */
  get bytes(): number {
    const last = this.#parts.at(-1);
    return last === undefined ? 0 : last.start + last.size;
  }

  /** Finds what an earlier attempt has left; null when that is nothing to go on from. */
  async find(signal: AbortSignal): Promise<AboutFile | null> {
    const found: string[] = [];
    for await (const { key } of this.#storage.list(this.#folder, signal)) found.push(key);
    const described = found.find((key) => key.endsWith('/about.json'));
    if (described === undefined) return null;
    const text: Buffer[] = [];
    for await (const chunk of this.#storage.read(described, { signal })) text.push(chunk);
    const file = about.safeParse(JSON.parse(Buffer.concat(text).toString()));
    if (!file.success) return null;
    this.#version = versionOf(file.data.etag);
    this.#parts.push(...(await this.#chain(signal)));
    return file.data;
  }

  /** Begins with the first byte of a version of the file; without an etag nobody else can go on from it. */
  async begin(file: Omit<AboutFile, 'etag'> & { readonly etag: string | null }): Promise<void> {
    this.#parts.length = 0;
    this.#version = versionOf(file.etag ?? randomUUID());
    if (file.etag === null) return;
    const text = Buffer.from(JSON.stringify(about.parse(file)));
    await this.#storage.put(`${this.#folder}${this.#version}/about.json`, once(text));
  }

  async add(pieces: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const start = this.bytes;
    const key = `${this.#folder}${this.#version}/${start}.${randomUUID()}`;
    const { size } = await this.#storage.put(key, each(pieces), { signal });
    this.#parts.push({ key, start, size });
  }

  /** All bytes, in order. */
  async *read(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    for (const { key } of this.#parts) yield* this.#storage.read(key, { signal });
  }

  /** Removes everything, of whatever version. */
  async discard(): Promise<void> {
    for await (const { key } of this.#storage.list(this.#folder)) await this.#storage.remove(key);
    this.#parts.length = 0;
  }

  /** Parts that follow each other without a gap; of those that begin at one byte the longest. */
  async #chain(signal: AbortSignal): Promise<Part[]> {
    const longest = new Map<number, Part>();
    for await (const { key, size } of this.#storage.list(`${this.#folder}${this.#version}/`, signal)) {
      const start = Number(/\/(\d+)\.[0-9a-f-]{36}$/u.exec(key)?.[1]);
      if (!Number.isSafeInteger(start) || size <= (longest.get(start)?.size ?? 0)) continue;
      longest.set(start, { key, start, size });
    }
    const chain: Part[] = [];
    for (let at = longest.get(0); at !== undefined; at = longest.get(at.start + at.size)) chain.push(at);
    return chain;
  }
}

function versionOf(etag: string): string {
  return createHash('sha256').update(etag).digest('hex').slice(0, 32);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

async function* each(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}
