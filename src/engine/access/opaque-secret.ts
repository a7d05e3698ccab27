import { createHash, randomBytes } from 'node:crypto';

/** A secret of 256 random bits, base64url, after an optional prefix that says what it is. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** What is stored of a random secret. It needs no slow hash: nobody guesses 256 bits. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
