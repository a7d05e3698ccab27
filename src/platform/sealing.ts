import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '../domain/errors.ts';

/** What a sealed value belongs to; opening it for anything else fails. */
export interface SealBinding {
  readonly tenantId: string;
  readonly recordId: string;
  /** What the value is there, such as `profile.password`. */
  readonly purpose: string;
}

/** Turns secrets into text that is safe to store, and back. */
export interface Sealer {
  /** The secret as `v1.KEY_ID.BASE64URL`; every call gives another text. */
  seal(secret: string, binding: SealBinding): string;
  /** The secret; `AppError('internal')` when the text was changed, is of another key or belongs to something else. */
  open(sealed: string, binding: SealBinding): string;
}

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[0-9a-f]{8}$/;

/**
 * AES-256-GCM under a key derived from any secret text.
 * @param secret seals and opens
 * @param retired earlier secrets, which still open what they sealed
 */
export function createSealer(secret: string, retired: readonly string[] = []): Sealer {
  if (secret.length === 0) throw new AppError('internal', 'The secret key that seals credentials is empty.');
  const current = deriveKey(secret);
  const keys = new Map([...retired.map(deriveKey), current].map((key) => [key.id, key.bytes]));
  return {
    seal(plain, binding) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.bytes, nonce);
      cipher.setAAD(associatedData(current.id, binding));
      const body = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${current.id}.${body.toString('base64url')}`;
    },
    open(sealed, binding) {
      const { keyId, body } = parseSealed(sealed);
      const key = keys.get(keyId);
      if (!key) throw cannotOpen('it was sealed with another secret key');
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE_BYTES));
      decipher.setAAD(associatedData(keyId, binding));
      decipher.setAuthTag(body.subarray(-TAG_BYTES));
      try {
        const plain = Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
        return plain.toString('utf8');
      } catch {
        throw cannotOpen('it was changed or belongs to another record');
      }
    },
  };
}

function deriveKey(secret: string): { id: string; bytes: Buffer } {
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, 'lading.sealing', info, length));
  return { id: derive('key id', 4).toString('hex'), bytes: derive('key', 32) };
}

/** JSON keeps the parts apart: no two different bindings give the same bytes. */
function associatedData(keyId: string, { tenantId, recordId, purpose }: SealBinding): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, tenantId, recordId, purpose]), 'utf8');
}

function parseSealed(sealed: string): { keyId: string; body: Buffer } {
  const [version, keyId, text, ...rest] = sealed.split('.');
  if (version !== VERSION || keyId === undefined || !KEY_ID.test(keyId) || text === undefined || rest.length > 0) {
    throw cannotOpen('it is not in the form this version writes');
  }
  const body = Buffer.from(text, 'base64url');
  if (body.length < NONCE_BYTES + TAG_BYTES) throw cannotOpen('it is cut off');
  return { keyId, body };
}

function cannotOpen(why: string): AppError {
  return new AppError('internal', `A stored secret cannot be opened: ${why}.`);
}
