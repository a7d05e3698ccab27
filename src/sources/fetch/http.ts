import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { cleanFileName } from '../../platform/file-name.ts';
import { parseParameters } from '../../platform/header-parameters.ts';
import { systemCode } from '../../platform/network-failure.ts';
import { connectionFailure } from './failures.ts';
import { follow, hostOf, percentDecoded, portOf } from './http-request.ts';
import type { UrlSource } from './http-request.ts';
import { rangeValidator, resumedVersion, versionOf } from './http-version.ts';
import { changed, checkSize, checkVersion, cutOff, guarded, rejected, unreachable } from './opened.ts';
import type { OpenedSource, OpenOptions } from './opened.ts';

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/**
 * Opens a file at an address of the web, wherever it redirects to; the guard makes the connection of every hop.
 * A file that comes compressed on the way is opened up; such a one is resumed by reading it again up to the byte.
 * @throws AppError `source_unreachable`: not reached, silent, cut off, 408, 429 or 5xx; `source_rejected`: any other
 *   answer, and when the file has changed since its first bytes were fetched (`details.reason` is `changed`);
 *   `too_large`; the signal's reason
 */
export async function fetchUrl(source: UrlSource, options: OpenOptions): Promise<OpenedSource> {
  const { resumeFrom = 0 } = options;
  const { response, url } = await follow(source, options, rangeHeaders(options));
  const host = hostOf(url);
  try {
    checkStatus(response, host, resumeFrom);
    const partial = response.statusCode === 206;
    const told = partial ? rangeTotal(response, host, resumeFrom) : lengthOf(response);
    const version = partial ? resumedVersion(response, options.etag ?? null) : versionOf(response);
    checkVersion(version, options, host);
    const coding = codingOf(response, host);
    const start = partial ? resumeFrom : 0;
    const size = coding === null ? told : null;
    checkSize(size, options);
    const { parameters } = parseParameters(response.headers['content-type'] ?? '');
    const whole = decoded(response, coding, { host, port: portOf(url), start, size });
    return {
      size,
      etag: version,
      name: nameOf(response, url),
      charset: parameters.get('charset') ?? null,
      hostKey: null,
      body: after(resumeFrom - start, guarded(whole, options, host)),
    };
  } catch (error) {
    response.destroy();
    throw error;
  }
}

/** Of what comes as it is the rest is asked for; a host that has another version by now sends all of that one. */
function rangeHeaders({ resumeFrom = 0, etag = null }: OpenOptions): Record<string, string> {
  const validator = resumeFrom > 0 && etag !== null ? rangeValidator(etag) : null;
  if (validator === null) return { 'Accept-Encoding': 'gzip' };
  return { 'Accept-Encoding': 'identity', Range: `bytes=${resumeFrom}-`, 'If-Range': validator };
}

function checkStatus({ statusCode = 0 }: IncomingMessage, host: string, resumeFrom: number): void {
  if (statusCode === 200 || (statusCode === 206 && resumeFrom > 0)) return;
  if (statusCode === 416) throw changed(host);
  const said = `answered with status ${statusCode}`;
  if (statusCode === 401 || statusCode === 403)
    throw rejected(host, `${said}: it does not let us have the file`, { status: statusCode });
  if (statusCode === 404 || statusCode === 410)
    throw rejected(host, `${said}: it has no such file`, { status: statusCode });
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500)
    throw unreachable(host, said, { status: statusCode });
  throw rejected(host, `${said}, which is no file`, { status: statusCode });
}

function codingOf({ headers }: IncomingMessage, host: string): keyof typeof DECODERS | null {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return null;
  if (Object.hasOwn(DECODERS, coding)) return coding as keyof typeof DECODERS;
  throw rejected(host, 'sends the file compressed in a way that it was not asked for');
}

/** Bytes of the whole file, of which an answer gives the part that was asked for; null where it does not say. */
function rangeTotal({ headers }: IncomingMessage, host: string, asked: number): number | null {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/u.exec(headers['content-range'] ?? '') ?? [];
  if (start === undefined || Number(start) !== asked) {
    throw rejected(host, 'sends another part of the file than it was asked for');
  }
  return total === '*' ? null : Number(total);
}

function lengthOf({ headers }: IncomingMessage): number | null {
  const length = headers['content-length'];
  return length === undefined ? null : Number(length);
}

function nameOf({ headers }: IncomingMessage, url: URL): string | null {
  const given = parseParameters(headers['content-disposition'] ?? '').parameters.get('filename');
  return cleanFileName(given ?? '') ?? cleanFileName(percentDecoded(url.pathname));
}

interface Arrival {
  readonly host: string;
  readonly port: number;
  readonly start: number;
  readonly size: number | null;
}

/** The body without what it was compressed with on the way; it must be whole. */
async function* decoded(
  response: IncomingMessage,
  coding: keyof typeof DECODERS | null,
  { host, port, start, size }: Arrival,
): AsyncGenerator<Buffer, void, undefined> {
  const stream = coding === null ? response : pipeline(response, DECODERS[coding](), () => undefined);
  let bytes = start;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (isUnreadable(error)) throw rejected(host, 'sends the file compressed, but not so that it could be opened');
    if (size !== null && bytes < size) throw cutOff(host, bytes, size);
    throw connectionFailure(error, { host, port });
  } finally {
    response.destroy();
    stream.destroy();
  }
  if (size !== null && bytes !== size) throw cutOff(host, bytes, size);
}

/** What zlib says of bytes that are not what they should be; of a body that ends too early it says `Z_BUF_ERROR`. */
function isUnreadable(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return code !== 'Z_BUF_ERROR' && /^(?:Z_|ERR_BROTLI|ERR__ERROR)/u.test(code);
}

/** The bytes after these many. */
async function* after(skip: number, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let left = skip;
  for await (const chunk of body) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
