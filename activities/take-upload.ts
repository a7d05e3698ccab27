import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { TAKEN } from '../src/domain/directory-job.ts';
import { AppError } from '../src/domain/errors.ts';
import type { ObjectStorage } from '../src/platform/storage/object-storage.ts';
import { DirectoryJob } from '../src/store/entities/directory-job.ts';
import { ImportFile } from '../src/store/entities/import-file.ts';
import { nameOfGivenFile } from '../src/store/queries/given-file.ts';
import type { ActivityDeps } from './deps.ts';
import type { JobPart } from './job-source.ts';
import { fileOf } from './file-plan.ts';

/** Whoever has a job tried again may be about to send its file: so long it is waited for. */
const PATIENCE_MS = 1_500;
const LOOK_MS = 100;

/**
 * Takes the file that a job is to import, which was uploaded or exported, as it is now: whoever has its URL may send another one at any moment, which
 * must not reach a job that reads the first. Each attempt has a place of its own for it.
 * @returns where it lies now
 * @throws AppError `source_rejected`: it is not there; `too_large`
 */
export async function takeUpload({ orm, files }: ActivityDeps, part: JobPart, signal: AbortSignal): Promise<string> {
  const { job } = part;
  const { storage, maxBytes } = files;
  const about = await orm.em.fork().findOne(DirectoryJob, { jobId: job.id });
  const key = about?.uploadKey ?? '';
  const name = await nameOfGivenFile(orm.em.fork(), job.tenantId, key);
  const patience = about && about.failures > 0 ? PATIENCE_MS : 0;
  // A key of somebody else's is not told from one that is nobody's, by the time it takes either.
  if (!(await isThere(storage, name === null ? null : key, patience, signal)) || name === null) {
    throw new AppError(
      'source_rejected',
      `There is no file ${JSON.stringify(key)}: nothing was uploaded under this key.`,
    );
  }
  const storageKey = `${TAKEN}${randomUUID()}`;
  const { size, sha256 } = await storage.put(storageKey, storage.read(key, { signal }), { signal, maxBytes });
  await orm.em.fork().nativeUpdate(ImportFile, { id: fileOf(part).fileId }, { storageKey, name, size, sha256 });
  return storageKey;
}

async function isThere(
  storage: ObjectStorage,
  key: string | null,
  patienceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + patienceMs;
  for (;;) {
    if (key !== null && (await isStored(storage, key))) return true;
    if (performance.now() >= until) return false;
    await delay(LOOK_MS, undefined, { signal });
  }
}

async function isStored(storage: ObjectStorage, key: string): Promise<boolean> {
  try {
    await storage.size(key);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return false;
    throw error;
  }
}
