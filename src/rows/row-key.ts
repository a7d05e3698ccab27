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

/** 128 bits in hex, the first of so many, as a uuid: one flat text, not put together of pieces, since many are kept. */
export function asUuid(hex: string): string {
  spelled.write(hex.slice(0, 8), 0, 'latin1');
  spelled.write(hex.slice(8, 12), 9, 'latin1');
  spelled.write(hex.slice(12, 16), 14, 'latin1');
  spelled.write(hex.slice(16, 20), 19, 'latin1');
  spelled.write(hex.slice(20, 32), 24, 'latin1');
  return spelled.toString('latin1');
}

const spelled = Buffer.alloc(36, '-');
