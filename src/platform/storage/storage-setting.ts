import { resolve } from 'node:path';
import type { Secret } from '../secret.ts';

/** Where uploads, exports and reports lie. */
export type StorageSetting =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** What stands before every key, without slashes at its ends. */
      readonly prefix: string;
      /** Where a service other than Amazon's is; null: Amazon's own. */
      readonly endpoint: string | null;
      readonly region: string;
      /** Without one the SDK looks for credentials itself: files, container, machine. */
      readonly accessKeyId: string | null;
      readonly secretAccessKey: Secret | null;
    };

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u;
const PREFIX = /^(?:[A-Za-z0-9!_.*'()-]+(?:\/[A-Za-z0-9!_.*'()-]+)*)?$/u;
const SCHEME = /^[a-z][a-z0-9+.-]+:/iu;
const KNOWN = new Set(['endpoint', 'region']);

/** What `LADING_STORAGE` says, but for what the environment says of credentials; null when there are mistakes. */
export type StoragePlace =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint: string | null;
      readonly region: string | null;
    };

/**
 * Reads `LADING_STORAGE`: a folder, or `s3://bucket/prefix?endpoint=https://host:9000&region=eu-central-1`.
 * @returns the place and, for everything in it that cannot be used, a phrase that does not repeat it
 */
export function parseStorage(text: string): { place: StoragePlace | null; mistakes: string[] } {
  if (!SCHEME.test(text)) return { place: { kind: 'folder', path: resolve(text) }, mistakes: [] };
  if (!/^s3:\/\//iu.test(text) || !URL.canParse(text)) {
    return { place: null, mistakes: ['must be a folder, or look like s3://bucket/prefix'] };
  }
  const url = new URL(text);
  const prefix = url.pathname.replaceAll(/^\/+|\/+$/gu, '');
  const endpoint = url.searchParams.get('endpoint');
  const unknown = [...url.searchParams.keys()].filter((name) => !KNOWN.has(name));
  const checks: readonly (readonly [boolean, string])[] = [
    [url.username === '' && url.password === '', 'must not have a key in it: AWS_ACCESS_KEY_ID is the place for it'],
    [BUCKET.test(url.hostname) && url.port === '', 'must name a bucket of 3 to 63 lower-case letters, digits, . and -'],
    [PREFIX.test(prefix), "must have a prefix of letters, digits and !_.*'()- between slashes"],
    [endpoint === null || isEndpoint(endpoint), 'must have an endpoint such as https://minio.example.com:9000'],
    [url.searchParams.get('region') !== '', 'must have a region that is not empty'],
    [unknown.length === 0 && url.hash === '', 'may have endpoint and region after its question mark, nothing else'],
  ];
  const mistakes = checks.flatMap(([holds, mistake]) => (holds ? [] : [mistake]));
  if (mistakes.length > 0) return { place: null, mistakes };
  const region = url.searchParams.get('region');
  return { place: { kind: 's3', bucket: url.hostname, prefix, endpoint, region }, mistakes };
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  const plain = username === '' && password === '' && pathname === '/' && search === '' && hash === '';
  return plain && (protocol === 'http:' || protocol === 'https:');
}
