import { AppError } from '../../domain/errors.ts';
import { tooLarge } from '../../platform/storage/measured.ts';
import type { OutboundGuard } from '../../platform/outbound-guard.ts';
import { watched } from '../../platform/watched.ts';

export interface OpenOptions {
  /** Makes every connection. */
  readonly guard: OutboundGuard;
  readonly signal: AbortSignal;
  /** Bytes that are here already; 0 when not given. */
  readonly resumeFrom?: number;
  /** The `etag` with which these came: only of the same version more can be fetched. Asked for with `resumeFrom`. */
  readonly etag?: string | null;
  /** Milliseconds in which at least a byte has to come, and within which it has to be answered; 30,000 by default. */
  readonly stallMs?: number;
  /** The most bytes the whole file may have. */
  readonly maxBytes?: number;
}

/** A file of somebody else that is open for reading. Whoever leaves off reading the body closes the connection. */
export interface OpenedSource {
  /** Bytes of the whole file, as far as its host tells. */
  readonly size: number | null;
  /** Names the version of the file; null: the host says nothing by which two versions could be told apart. */
  readonly etag: string | null;
  /** What the host calls the file: data. */
  readonly name: string | null;
  /** What the host says the file's encoding is. */
  readonly charset: string | null;
  /** For SFTP the fingerprint of the host's key, as `SHA256:…`. */
  readonly hostKey: string | null;
  /** The bytes from `resumeFrom` on. Throws as `open` does. */
  readonly body: AsyncIterable<Buffer>;
}

export const DEFAULT_STALL_MS = 30_000;
/** Over so many times the time allowed for one byte, a second has to bring so many bytes. */
const SLOW_STALLS = 4;
const SLOWEST_BYTES = 64;

/** The body, as long as its host goes on sending: one that says nothing, or next to nothing, is left. */
export async function* guarded(
  body: AsyncIterable<Buffer>,
  { signal, stallMs = DEFAULT_STALL_MS }: OpenOptions,
  host: string,
): AsyncGenerator<Buffer, void, undefined> {
  let since = performance.now();
  let bytes = 0;
  for await (const chunk of watched(body, { signal, stallMs, onStall: () => silent(host, stallMs) })) {
    bytes += chunk.length;
    const ms = performance.now() - since;
    if (ms > SLOW_STALLS * stallMs) {
      if (bytes < (SLOWEST_BYTES * ms) / 1000) throw unreachable(host, 'sends too slowly', { reason: 'stalled' });
      since = performance.now();
      bytes = 0;
    }
    yield chunk;
  }
}

/** Refuses a file that says itself that it is too large. */
export function checkSize(size: number | null, { maxBytes }: OpenOptions): void {
  if (size !== null && maxBytes !== undefined && size > maxBytes) throw tooLarge(maxBytes);
}

/** Refuses to put together what is not of one version. */
export function checkVersion(found: string | null, { resumeFrom = 0, etag = null }: OpenOptions, host: string): void {
  if (resumeFrom > 0 && (found === null || found !== etag)) throw changed(host);
}

/** The host has sent nothing for too long. */
export function silent(host: string, stallMs: number): AppError {
  return unreachable(host, `has sent nothing for ${stallMs / 1000} seconds`, { reason: 'stalled' });
}

/** The file is another one now than when its first bytes were fetched: it has to be fetched from the start. */
export function changed(host: string): AppError {
  return rejected(host, 'has another version of the file now than when fetching it began', { reason: 'changed' });
}

/** The body ended before all of it was there. */
export function cutOff(host: string, bytes: number, size: number): AppError {
  return unreachable(host, `ended after ${bytes} of ${size} bytes`, { reason: 'cut_off' });
}

/** What trying again cannot mend. */
export function rejected(host: string, what: string, details: Readonly<Record<string, unknown>> = {}): AppError {
  return new AppError('source_rejected', `${host} ${what}.`, { details: { host, ...details } });
}

/** What may be over soon. */
export function unreachable(host: string, what: string, details: Readonly<Record<string, unknown>> = {}): AppError {
  return new AppError('source_unreachable', `${host} ${what}.`, { details: { host, ...details } });
}
