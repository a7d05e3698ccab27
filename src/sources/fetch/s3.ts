import type * as Sdk from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import type { AppError } from '../../domain/errors.ts';
import { cleanFileName } from '../../platform/file-name.ts';
import { createGuardedAgents } from '../../platform/outbound-agent.ts';
import { appErrorIn, connectionFailure, hideSecrets } from './failures.ts';
import {
  changed,
  checkSize,
  checkVersion,
  cutOff,
  DEFAULT_STALL_MS,
  guarded,
  rejected,
  unreachable,
} from './opened.ts';
import type { OpenedSource, OpenOptions } from './opened.ts';

export interface S3Source {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  /** Where a service other than Amazon's is; null: Amazon's own. */
  readonly endpoint: string | null;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const ATTEMPTS = 3;

/**
 * Opens a file in a bucket. Every connection is made by the guard, and only the credentials given are used.
 * @throws AppError `source_unreachable`: not reached, silent, cut off or 5xx; `source_rejected`: any other refusal, and
 *   when the file has changed since its first bytes were fetched (`details.reason` is `changed`); `too_large`; the
 *   signal's reason
 */
export async function fetchS3(source: S3Source, options: OpenOptions): Promise<OpenedSource> {
  const { signal, resumeFrom = 0, stallMs = DEFAULT_STALL_MS, etag = null } = options;
  signal.throwIfAborted();
  const host = hostOf(source);
  const stop = new AbortController();
  const silence = setTimeout(() => stop.abort(), stallMs * ATTEMPTS);
  let client: Sdk.S3Client | null = null;
  try {
    const sdk = await import('@aws-sdk/client-s3');
    client = clientOf(sdk, source, options);
    const command = new sdk.GetObjectCommand({
      Bucket: source.bucket,
      Key: source.key,
      ...(resumeFrom === 0 ? {} : { Range: `bytes=${resumeFrom}-`, ...(etag === null ? {} : { IfMatch: etag }) }),
    });
    const found = await client.send(command, { abortSignal: AbortSignal.any([signal, stop.signal]) });
    const { Body, ETag = null, ContentLength } = found;
    if (!(Body instanceof Readable)) throw new Error('the answer has no body');
    Body.on('error', () => undefined);
    try {
      checkVersion(ETag, options, host);
      if (resumeFrom > 0 && !startsAt(found, resumeFrom))
        throw rejected(host, 'sends another part of the file than it was asked for');
      const size = ContentLength === undefined ? null : resumeFrom + ContentLength;
      checkSize(size, options);
      const body = guarded(read(Body, { client, source, host, from: resumeFrom, size }), options, host);
      return { size, etag: ETag, name: cleanFileName(source.key), charset: null, hostKey: null, body };
    } catch (error) {
      Body.destroy();
      throw error;
    }
  } catch (error) {
    client?.destroy();
    signal.throwIfAborted();
    throw s3Failure(stop.signal.aborted ? unreachable(host, 'does not answer') : error, source, host);
  } finally {
    clearTimeout(silence);
  }
}

function clientOf(
  sdk: typeof Sdk,
  { region, endpoint, accessKeyId, secretAccessKey }: S3Source,
  { guard, stallMs = DEFAULT_STALL_MS }: OpenOptions,
): Sdk.S3Client {
  const agents = createGuardedAgents(guard);
  return new sdk.S3Client({
    region,
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    forcePathStyle: true,
    // Given even when empty: what the machine itself is allowed is no matter of who asks.
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      httpAgent: agents.http,
      httpsAgent: agents.https,
      requestTimeout: stallMs,
      throwOnRequestTimeout: true,
    },
  });
}

function startsAt({ ContentRange }: Sdk.GetObjectCommandOutput, from: number): boolean {
  return ContentRange?.startsWith(`bytes ${from}-`) === true;
}

interface Reading {
  readonly client: Sdk.S3Client;
  readonly source: S3Source;
  readonly host: string;
  readonly from: number;
  readonly size: number | null;
}

async function* read(
  body: Readable,
  { client, source, host, from, size }: Reading,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = from;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (size !== null && bytes < size) throw cutOff(host, bytes, size);
    throw s3Failure(error, source, host);
  } finally {
    body.destroy();
    client.destroy();
  }
  if (size !== null && bytes !== size) throw cutOff(host, bytes, size);
}

function hostOf({ endpoint, region }: S3Source): string {
  const amazon = `s3.${region}.amazonaws.com`;
  return endpoint === null ? amazon : (URL.parse(endpoint)?.hostname ?? endpoint);
}

/** What S3 calls its refusals, in words for a person. */
const REFUSALS: Readonly<Record<string, string>> = {
  NoSuchKey: 'has no such file in the bucket',
  NoSuchBucket: 'has no such bucket',
  AccessDenied: 'does not let this access key have the file',
  InvalidAccessKeyId: 'does not know this access key',
  SignatureDoesNotMatch: 'does not take this secret access key',
  PermanentRedirect: 'says that the bucket is in another region',
  AuthorizationHeaderMalformed: 'says that the bucket is in another region',
};

function s3Failure(error: unknown, { secretAccessKey }: S3Source, host: string): AppError {
  const own = appErrorIn(error);
  if (own !== null) return own;
  const name = error instanceof Error ? error.name : '';
  const status = statusOf(error);
  if (name === 'PreconditionFailed' || status === 412 || status === 416) return changed(host);
  const told = REFUSALS[name];
  if (told !== undefined) return rejected(host, told, { status });
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    const said = hideSecrets(error instanceof Error ? `${name}: ${error.message}` : '', [secretAccessKey]);
    return rejected(host, `does not give the file: ${said}`, { status });
  }
  if (status >= 400) return unreachable(host, `answered with status ${status}`, { status });
  return connectionFailure(error, { host, port: 443, secrets: [secretAccessKey] });
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0;
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode ?? 0;
}
