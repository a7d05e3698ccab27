import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { requirePermission } from '../../domain/policy.ts';
import { cleanFileName } from '../../platform/file-name.ts';
import { tooLarge } from '../../platform/storage/measured.ts';
import type { StoredFile } from '../../platform/storage/object-storage.ts';
import { DirectoryUpload } from '../../store/entities/directory-upload.ts';
import type { EngineDeps } from '../deps.ts';
import { linkToStored, requireLink } from './file-links.ts';
import type { FileLink, LinkDeps, ShownLink } from './file-links.ts';

/** Gives a place for one file, for a day. Nothing lies there until the file has come whole. */
export async function placeUpload(
  deps: Pick<EngineDeps, 'orm'> & LinkDeps,
  actor: Actor,
  fileName: string,
): Promise<FileLink> {
  requirePermission(actor, 'system.import');
  const name = cleanFileName(fileName) ?? 'unnamed';
  const link = await linkToStored(deps, 'put', `uploads/${randomUUID()}_${keyPart(name)}`);
  const em = deps.orm.em.fork();
  em.create(DirectoryUpload, {
    key: link.key,
    tenantId: actor.tenantId,
    name,
    createdById: actor.userId,
    createdAt: new Date(),
    expiresAt: new Date(link.expires * 1000),
  });
  await em.flush();
  return link;
}

/**
 * Stores a file under the key that a link was given for, in place of what was stored under it before. Of one that is
 * broken off or too large nothing stays.
 * @param declared its length as the caller says, so that one that is too large is not waited for
 * @throws AppError `forbidden`: the link is not ours, or its time is over; `too_large`
 */
export async function receiveUpload(
  deps: LinkDeps,
  link: ShownLink,
  body: AsyncIterable<Uint8Array>,
  { declared, signal }: { readonly declared: number; readonly signal: AbortSignal },
): Promise<StoredFile> {
  requireLink(deps, 'put', link);
  const { storage, maxBytes } = deps.files;
  if (declared > maxBytes) throw tooLarge(maxBytes);
  return storage.put(link.key, body, { signal, maxBytes });
}

/** What of a file's name a key may have: its letters without accents, in lower case, and digits, dots and hyphens. */
function keyPart(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase();
  const part = plain.replaceAll(/[^a-z0-9._-]+/gu, '-').slice(-100);
  return /[a-z0-9]/u.test(part) ? part : 'file';
}
