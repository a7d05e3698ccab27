import { AppError } from '../../domain/errors.ts';
import type { LinkSigner } from '../../platform/signed-links.ts';
import type { EngineDeps } from '../deps.ts';

/** How long links to files are good. */
const LINK_SECONDS = 24 * 3600;

/** What somebody shows who has a link of ours. */
export interface ShownLink {
  readonly key: string;
  readonly expires: number;
  readonly signature: string;
}

/** A link by which whoever has it may store or read one file. */
export interface FileLink extends ShownLink {
  /** Where storage itself takes or gives the file; null: we do. */
  readonly url: string | null;
}

export type LinkDeps = Pick<EngineDeps, 'files'> & { readonly links: LinkSigner };

/**
 * A link to a file in storage.
 * @param fileName under which a browser keeps what it gets, made by us
 */
export async function linkToStored(
  deps: LinkDeps,
  method: 'get' | 'put',
  key: string,
  fileName?: string,
): Promise<FileLink> {
  const named = fileName === undefined ? {} : { fileName };
  const url = await deps.files.storage.link(key, { method, seconds: LINK_SECONDS, ...named });
  return { ...ownLink(deps, method, key), url };
}

/** A link to what we give or take ourselves. */
export function ownLink({ links }: Pick<LinkDeps, 'links'>, method: 'get' | 'put', key: string): FileLink {
  const expires = Math.floor(Date.now() / 1000) + LINK_SECONDS;
  return { key, expires, signature: links.sign({ method, key, expires }), url: null };
}

/** Throws `forbidden` unless the link is ours, of this key and method, and its time is not over. */
export function requireLink({ links }: Pick<LinkDeps, 'links'>, method: 'get' | 'put', link: ShownLink): void {
  const { key, expires, signature } = link;
  if (links.permits({ method, key, expires }, signature)) return;
  throw new AppError('forbidden', 'The signature of this URL is wrong, or its time is over.');
}
