import type { IncomingMessage } from 'node:http';

/** By what a host tells one version of a file, byte for byte, from another. */
interface HttpVersion {
  /** How it was compressed on the way: what is compressed otherwise has other bytes. */
  readonly coding: string | null;
  readonly etag: string | null;
  readonly modified: string | null;
}

/** A file may change twice within a second, so a time tells versions apart only when it is some time ago. */
const SETTLED_MS = 60_000;

/** The version as text; null when nothing in the answer is strong enough for other bytes to be joined to these. */
export function versionOf({ headers }: IncomingMessage): string | null {
  const etag = strongEtag(headers.etag);
  const modified = isSettled(headers['last-modified'], headers.date) ? (headers['last-modified'] ?? null) : null;
  if (etag === null && modified === null) return null;
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? null;
  const version: HttpVersion = { coding, etag, modified: etag === null ? modified : null };
  return JSON.stringify(version);
}

/** The version that an answer of a part is of: the one asked for, unless it says otherwise. */
export function resumedVersion({ headers }: IncomingMessage, asked: string | null): string | null {
  if (asked === null) return null;
  const { etag, modified } = JSON.parse(asked) as HttpVersion;
  if (etag !== null && headers.etag !== undefined && headers.etag !== etag) return null;
  if (modified !== null && headers['last-modified'] !== undefined && headers['last-modified'] !== modified) return null;
  return asked;
}

/** What `If-Range` is to say; null when the rest of a file cannot be asked for, as it comes compressed. */
export function rangeValidator(version: string): string | null {
  const { coding, etag, modified } = JSON.parse(version) as HttpVersion;
  return coding === null ? (etag ?? modified) : null;
}

function strongEtag(etag: string | undefined): string | null {
  return etag?.startsWith('"') === true ? etag : null;
}

function isSettled(modified: string | undefined, now: string | undefined): boolean {
  return Date.parse(now ?? '') - Date.parse(modified ?? '') >= SETTLED_MS;
}
