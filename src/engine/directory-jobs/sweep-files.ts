import { EXPORTS } from '../../domain/directory-job.ts';
import { DirectoryUpload } from '../../store/entities/directory-upload.ts';
import { strayExports } from '../../store/queries/directory-jobs.ts';
import type { EngineDeps } from '../deps.ts';

/** So long after its URL has run out an upload is kept: whoever has sent it may still make a job of it. */
const KEEP_UPLOADS_MS = 7 * 24 * 3_600_000;
/** An export that is just stored is not written down yet. */
const SETTLED_MS = 600_000;
const AT_ONCE = 500;

/**
 * Removes files that nobody will ask for: uploads long after their time, and exports that a process had stored when it
 * died and whose job has ended otherwise. Safe to run in several processes at once. Returns how many there were.
 */
export async function sweepDirectoryFiles(
  { orm, files }: Pick<EngineDeps, 'orm' | 'files'>,
  now = Date.now(),
): Promise<number> {
  const { storage } = files;
  let removed = 0;
  const em = orm.em.fork();
  const old = { expiresAt: { $lt: new Date(now - KEEP_UPLOADS_MS) } };
  for (const { key } of await em.find(DirectoryUpload, old, { limit: AT_ONCE })) {
    await storage.remove(key);
    await em.nativeDelete(DirectoryUpload, { key });
    removed++;
  }
  const settled: string[] = [];
  for await (const { key, storedAt } of storage.list(EXPORTS)) {
    if (now - storedAt.getTime() > SETTLED_MS) settled.push(key);
  }
  for (let from = 0; from < settled.length; from += AT_ONCE) {
    for (const key of await strayExports(em, EXPORTS, settled.slice(from, from + AT_ONCE))) {
      await storage.remove(key);
      removed++;
    }
  }
  return removed;
}
