import { Readable } from 'node:stream';
import { AppError, notFound } from '../../domain/errors.ts';
import { watched } from '../watched.ts';
import { blocks } from './blocks.ts';
import type { Block } from './blocks.ts';
import { Measured } from './measured.ts';
import { checkedKey, checkedPrefix } from './object-storage.ts';
import type { LinkOptions, ListedFile, ObjectStorage, PutOptions, ReadOptions, StoredFile } from './object-storage.ts';
import type { Bucket } from './s3-bucket.ts';
import { sweepUploads } from './s3-sweep.ts';

/** The smallest part S3 takes but for the last is 5 MiB; three of ours are in memory at most. */
const PART_BYTES = 8 * 2 ** 20;
/** S3 takes 10,000 parts; of a file that may be very large each is larger. */
const MOST_PARTS = 9_000;
const STALL_MS = 60_000;

/** Storage in a bucket of S3 or of what speaks like it. */
export class S3Storage implements ObjectStorage {
  readonly #open: () => Promise<Bucket>;
  #bucket: Promise<Bucket> | undefined;

  constructor(open: () => Promise<Bucket>) {
    this.#open = open;
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredFile> {
    checkedKey(key);
    const bucket = await this.#ready();
    const measured = new Measured(options.maxBytes);
    const partBytes = Math.max(PART_BYTES, Math.ceil((options.maxBytes ?? 0) / MOST_PARTS));
    const upload = new Upload(bucket, key, options.signal);
    try {
      let held: Block | null = null;
      for await (const block of blocks(watched(body, options), partBytes, { exact: true })) {
        for (const piece of block.pieces) measured.add(piece);
        if (held !== null) await upload.add(held);
        held = block;
      }
      options.signal?.throwIfAborted();
      await upload.complete(held);
      return measured.result();
    } catch (error) {
      await upload.abort();
      options.signal?.throwIfAborted();
      throw error;
    }
  }

  async *read(key: string, { start = 0, end, signal }: ReadOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    const size = await this.size(key);
    const stop = Math.min(end ?? size, size);
    if (start >= stop) return;
    const { sdk, client, name, prefix } = await this.#ready();
    const command = new sdk.GetObjectCommand({
      Bucket: name,
      Key: prefix + checkedKey(key),
      Range: `bytes=${start}-${stop - 1}`,
    });
    const abort = new AbortController();
    try {
      const { Body } = await client.send(command, { abortSignal: joined(abort.signal, signal) });
      if (!(Body instanceof Readable)) throw new Error('the answer has no body');
      for await (const chunk of watched<Buffer>(Body, { signal, stallMs: STALL_MS, onStall: silent })) yield chunk;
    } catch (error) {
      signal?.throwIfAborted();
      throw toldFailure(error);
    } finally {
      abort.abort();
    }
  }

  async size(key: string): Promise<number> {
    const { sdk, client, name, prefix } = await this.#ready();
    const command = new sdk.HeadObjectCommand({ Bucket: name, Key: prefix + checkedKey(key) });
    const found = await client.send(command).catch(failed);
    return found.ContentLength ?? 0;
  }

  async remove(key: string): Promise<void> {
    const { sdk, client, name, prefix } = await this.#ready();
    await client.send(new sdk.DeleteObjectCommand({ Bucket: name, Key: prefix + checkedKey(key) })).catch(failed);
  }

  async *list(below: string, signal?: AbortSignal): AsyncGenerator<ListedFile, void, undefined> {
    const { sdk, client, name, prefix } = await this.#ready();
    const Prefix = prefix + checkedPrefix(below);
    let ContinuationToken: string | undefined;
    do {
      signal?.throwIfAborted();
      const command = new sdk.ListObjectsV2Command({ Bucket: name, Prefix, ContinuationToken });
      const page = await client.send(command).catch(failed);
      for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
        yield { key: Key.slice(prefix.length), size: Size, storedAt: LastModified };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async link(key: string, { method, seconds, fileName }: LinkOptions): Promise<string | null> {
    const { sdk, client, name, prefix } = await this.#ready();
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const target = { Bucket: name, Key: prefix + checkedKey(key) };
    const options = { expiresIn: seconds };
    if (method === 'put') return getSignedUrl(client, new sdk.PutObjectCommand(target), options).catch(failed);
    const disposition =
      fileName === undefined ? {} : { ResponseContentDisposition: `attachment; filename="${fileName}"` };
    return getSignedUrl(client, new sdk.GetObjectCommand({ ...target, ...disposition }), options).catch(failed);
  }

  async sweep(signal?: AbortSignal): Promise<number> {
    return sweepUploads(await this.#ready(), signal).catch(failed);
  }

  #ready(): Promise<Bucket> {
    this.#bucket ??= this.#open();
    return this.#bucket;
  }
}

/** One file on its way: a single request when it is small, else parts that become a file when all of them are there. */
class Upload {
  readonly #bucket: Bucket;
  readonly #target: { readonly Bucket: string; readonly Key: string };
  readonly #abort = new AbortController();
  readonly #stop: AbortSignal;
  readonly #etags: string[] = [];
  #uploadId: string | null = null;
  #sending: Promise<void> = Promise.resolve();

  constructor(bucket: Bucket, key: string, signal: AbortSignal | undefined) {
    this.#bucket = bucket;
    this.#stop = joined(this.#abort.signal, signal);
    this.#target = { Bucket: bucket.name, Key: bucket.prefix + key };
  }

  /** Sends a part while the next one comes. */
  async add(part: Block): Promise<void> {
    const { sdk, client } = this.#bucket;
    if (this.#uploadId === null) {
      const begun = await client.send(new sdk.CreateMultipartUploadCommand(this.#target)).catch(failed);
      this.#uploadId = begun.UploadId ?? '';
    }
    await this.#sending;
    this.#sending = this.#send(part, this.#etags.length + 1, this.#uploadId);
    this.#sending.catch(() => undefined);
  }

  async complete(last: Block | null): Promise<void> {
    const { sdk, client } = this.#bucket;
    if (this.#uploadId === null) {
      const Body = last === null ? Buffer.alloc(0) : Buffer.concat(last.pieces);
      await client.send(new sdk.PutObjectCommand({ ...this.#target, Body })).catch(failed);
      return;
    }
    if (last !== null) await this.add(last);
    await this.#sending;
    const Parts = this.#etags.map((ETag, at) => ({ ETag, PartNumber: at + 1 }));
    const upload = { ...this.#target, UploadId: this.#uploadId };
    await client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })).catch(failed);
  }

  /** What cannot be taken back now, because storage is not reached, is swept later. */
  async abort(): Promise<void> {
    const { sdk, client } = this.#bucket;
    this.#abort.abort();
    await this.#sending.catch(() => undefined);
    if (this.#uploadId === null) return;
    const upload = { ...this.#target, UploadId: this.#uploadId };
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
  }

  async #send(part: Block, PartNumber: number, UploadId: string): Promise<void> {
    const { sdk, client } = this.#bucket;
    const Body = Buffer.concat(part.pieces);
    const command = new sdk.UploadPartCommand({ ...this.#target, UploadId, PartNumber, Body });
    const sent = await client.send(command, { abortSignal: this.#stop }).catch(failed);
    this.#etags.push(sent.ETag ?? '');
  }
}

const failed = (error: unknown): never => {
  throw toldFailure(error);
};

function toldFailure(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'NoSuchKey' || name === 'NotFound') return notFound('Stored file');
  return new AppError('unavailable', 'The storage of files does not answer as it should.', { cause: error });
}

function silent(): Error {
  return new AppError('unavailable', `The storage of files has sent nothing for ${STALL_MS / 1000} seconds.`);
}

function joined(own: AbortSignal, given: AbortSignal | undefined): AbortSignal {
  return given === undefined ? own : AbortSignal.any([own, given]);
}
