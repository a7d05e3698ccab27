import { hash } from 'node:crypto';
import { cleanText } from '../domain/directory/clean.ts';
import { companyIdentity, contactIdentity, DIRECTORY_NAMESPACE } from '../domain/directory/identity.ts';
import { isUuid } from '../domain/uuid.ts';

/** A uuid of version 5 (RFC 9562): the same for ever for the same name in the same namespace. */
export function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.allocUnsafe(16 + Buffer.byteLength(name));
  bytes.write(namespace.replaceAll('-', ''), 'hex');
  bytes.write(name, 16);
  const digest = hash('sha1', bytes, 'hex');
  const variant = ((Number.parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `5${digest.slice(13, 16)}`,
    `${variant}${digest.slice(18, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/** The uuid of a company: the one it was given, else that of its name and address; null where it has none of these. */
export function companyUuid(company: Parameters<typeof companyIdentity>[0] & Given): string | null {
  return explicitUuid(company) ?? named(companyIdentity(company));
}

/** The uuid of a contact: the one it was given, else that of its names and address; null where it has none of these. */
export function contactUuid(contact: Parameters<typeof contactIdentity>[0] & Given): string | null {
  return explicitUuid(contact) ?? named(contactIdentity(contact));
}

/** A uuid of any version, if one was given. */
interface Given {
  readonly uuid?: string | null | undefined;
}

function explicitUuid({ uuid }: Given): string | null {
  const clean = typeof uuid === 'string' ? cleanText(uuid) : null;
  return clean !== null && isUuid(clean) ? clean.toLowerCase() : null;
}

function named(identity: string | null): string | null {
  return identity === null ? null : uuidV5(DIRECTORY_NAMESPACE, identity);
}
