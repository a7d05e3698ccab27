import { hash } from 'node:crypto';
import type { FinalDraft } from './candidate.ts';

/**
 * What the match pass and the commit, which read the source one after the other, both know a row by: the first half of
 * its hash, as a uuid. Rows that are the same have the same.
 */
export function rowKeyOf({ hash: digest }: Pick<FinalDraft, 'hash'>): string {
  return asUuid(digest);
}

/** Half of the SHA-256 of some bytes, as a uuid. */
export function digestKey(bytes: Buffer): string {
  return asUuid(hash('sha256', bytes, 'hex'));
}

function asUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
