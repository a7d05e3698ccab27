import type { Actor } from '../../domain/actor.ts';
import { createLinkSigner } from '../../platform/signed-links.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { createDirectoryImport } from './create-import.ts';
import type { CreateDirectoryImportInput } from './create-import.ts';
import { createExport } from './create-export.ts';
import type { CreateExportInput } from './create-export.ts';
import type { ShownLink } from './file-links.ts';
import { findDirectoryJobs, openExport, openFailedRows, viewDirectoryJob } from './find-directory-jobs.ts';
import type { DirectoryJobChoice } from './find-directory-jobs.ts';
import { placeUpload, receiveUpload } from './uploads.ts';

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
    createImport: async (actor: Actor, input: CreateDirectoryImportInput) =>
      viewDirectoryJob(deps, await createDirectoryImport(deps, actor, input)),
    createExport: async (actor: Actor, input: CreateExportInput) =>
      viewDirectoryJob(deps, await createExport(deps, actor, input)),
    list: (actor: Actor, choice: DirectoryJobChoice & Page) => findDirectoryJobs(deps, actor, choice),
    openFailedRows: (link: Omit<ShownLink, 'key'> & { readonly jobId: string }, signal: AbortSignal) =>
      openFailedRows(deps, link, signal),
    openExport: (link: ShownLink, signal: AbortSignal) => openExport(deps, link, signal),
  };
}

export type DirectoryJobs = ReturnType<typeof createDirectoryJobs>;
