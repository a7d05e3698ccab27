import { EXPORTS, TAKEN } from '../../domain/directory-job.ts';
import type { ObjectStorage } from '../../platform/storage/object-storage.ts';
import { DirectoryUpload } from '../../store/entities/directory-upload.ts';
import { strayExports, strayFiles } from '../../store/queries/jobs/directory-jobs.ts';
import type { EngineDeps } from '../deps.ts';

/** So long after its URL has run out an upload is kept: whoever has sent it may still make a job of it. */
const KEEP_UPLOADS_MS = 7 * 24 * 3_600_000;
/** What is just stored is not written down yet. */
const SETTLED_MS = 600_000;
const AT_ONCE = 500;

/**
 * Removes files that nobody will ask for: uploads long after their time, and what a process had stored and not yet written
 * down when it died. Safe to run in several processes at once. Returns how many there were.
 */
export async function sweepDirectoryFiles(
  { orm, files }: Pick<EngineDeps, 'orm' | 'files'>,
  now = Date.now(),
): Promise<number> {
  const em = orm.em.fork();
  const { storage } = files;
  const old = await em.find(
    DirectoryUpload,
    { expiresAt: { $lt: new Date(now - KEEP_UPLOADS_MS) } },
    { limit: AT_ONCE },
  );
  for (const { key } of old) {
    await storage.remove(key);
    await em.nativeDelete(DirectoryUpload, { key });
  }
  const exports = await removeStrays(storage, EXPORTS, now, (keys) => strayExports(em, EXPORTS, keys));
  return old.length + exports + (await removeStrays(storage, TAKEN, now, (keys) => strayFiles(em, keys)));
}

/** Removes what is settled below a prefix and `strayOf` says is nobody's. */
async function removeStrays(
  storage: ObjectStorage,
  prefix: string,
  now: number,
  strayOf: (keys: readonly string[]) => Promise<readonly string[]>,
): Promise<number> {
  const settled: string[] = [];
  for await (const { key, storedAt } of storage.list(prefix)) {
    if (now - storedAt.getTime() > SETTLED_MS) settled.push(key);
  }
  let removed = 0;
  for (let from = 0; from < settled.length; from += AT_ONCE) {
    for (const key of await strayOf(settled.slice(from, from + AT_ONCE))) {
      await storage.remove(key);
      removed++;
    }
  }
  return removed;
}
