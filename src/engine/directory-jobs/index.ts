import type { Actor } from '../../domain/actor.ts';
import { createLinkSigner } from '../../platform/signed-links.ts';
import type { EngineDeps } from '../deps.ts';
import { placeUpload, receiveUpload } from './uploads.ts';
import type { ShownLink } from './uploads.ts';

/** Files into the directory and out of it. */
export function createDirectoryJobs(parts: EngineDeps & { readonly secretKey: string }) {
  const deps = { ...parts, links: createLinkSigner(parts.secretKey) };
  return {
    placeUpload: (actor: Actor, fileName: string) => placeUpload(deps, actor, fileName),
    receiveUpload: (
      link: ShownLink,
      body: AsyncIterable<Uint8Array>,
      options: { readonly declared: number; readonly signal: AbortSignal },
    ) => receiveUpload(deps, link, body, options),
  };
}

export type DirectoryJobs = ReturnType<typeof createDirectoryJobs>;
