import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { AppError } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { cleanFileName } from '../../platform/file-name.ts';
import type { LinkSigner } from '../../platform/signed-links.ts';
import { tooLarge } from '../../platform/storage/measured.ts';
import type { StoredFile } from '../../platform/storage/object-storage.ts';
import { DirectoryUpload } from '../../store/entities/directory-upload.ts';
import type { EngineDeps } from '../deps.ts';

export const LINK_SECONDS = 24 * 3600;

/** A place for a file: its key, and a URL that takes the file by PUT, from whoever has it. */
export interface UploadPlace {
  readonly key: string;
  /** Storage's own; null: ours, see `signature`. */
  readonly url: string | null;
  readonly expires: number;
  readonly signature: string;
  readonly seconds: number;
}

/** What somebody shows who has a link. */
export interface ShownLink {
  readonly key: string;
  readonly expires: number;
  readonly signature: string;
}

type Deps = Pick<EngineDeps, 'orm' | 'files'> & { readonly links: LinkSigner };

/** Gives a place for one file, for a day. Nothing lies there until the file has come whole. */
export async function placeUpload(deps: Deps, actor: Actor, fileName: string): Promise<UploadPlace> {
  requirePermission(actor, 'system.import');
  const name = cleanFileName(fileName) ?? 'unnamed';
  const key = `uploads/${randomUUID()}_${keyPart(name)}`;
  const expires = Math.floor(Date.now() / 1000) + LINK_SECONDS;
  const url = await deps.files.storage.link(key, { method: 'put', seconds: LINK_SECONDS });
  const em = deps.orm.em.fork();
  em.create(DirectoryUpload, {
    key,
    tenantId: actor.tenantId,
    name,
    createdById: actor.userId,
    createdAt: new Date(),
    expiresAt: new Date(expires * 1000),
  });
  await em.flush();
  return { key, url, expires, signature: deps.links.sign({ method: 'put', key, expires }), seconds: LINK_SECONDS };
}

/**
 * Stores a file under the key that a link was given for, in place of what was stored under it before. Of one that is
 * broken off or too large nothing stays.
 * @param declared its length as the caller says, so that one that is too large is not waited for
 * @throws AppError `forbidden`: the link is not ours, or its time is over; `too_large`
 */
export async function receiveUpload(
  { files, links }: Deps,
  { key, expires, signature }: ShownLink,
  body: AsyncIterable<Uint8Array>,
  { declared, signal }: { readonly declared: number; readonly signal: AbortSignal },
): Promise<StoredFile> {
  requireLink(links.permits({ method: 'put', key, expires }, signature));
  if (declared > files.maxBytes) throw tooLarge(files.maxBytes);
  return files.storage.put(key, body, { signal, maxBytes: files.maxBytes });
}

/** Throws `forbidden` unless a link was found good. */
export function requireLink(good: boolean): void {
  if (!good) throw new AppError('forbidden', 'The signature of this URL is wrong, or its time is over.');
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
