import { ImportFile } from '../../store/entities/import-file.ts';
import type { EngineDeps } from '../deps.ts';

/** Where files of imports lie, with all that is made of each beside it: `uploads/UUID`, `uploads/UUID.table`. */
const PREFIXES = ['uploads/', 'fetched/'] as const;
const FILE_KEY = /^(?:uploads|fetched)\/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/u;

/** So long a file may lie in storage before its request, however slow, has written it down. */
const GRACE_MS = 6 * 3_600_000;

/** Files that are looked up at once. */
const PAGE = 500;

/**
 * Removes files that nothing knows of, as whoever stored one died before he could write it down, and those that need not be
 * kept any more. Gives how many.
 * @param graceMs how old such a file must be
 */
export async function sweepFiles(
  { orm, files }: Pick<EngineDeps, 'orm' | 'files'>,
  graceMs: number = GRACE_MS,
): Promise<number> {
  const before = Date.now() - graceMs;
  let removed = 0;
  const sweep = async (keys: readonly string[]): Promise<void> => {
    const owners = [...new Set(keys.map(fileOf))];
    const known = await orm.em
      .fork()
      .find(ImportFile, { storageKey: { $in: owners }, removedAt: null }, { fields: ['storageKey'] });
    const kept = new Set(known.map(({ storageKey }) => storageKey));
    for (const key of keys) {
      if (kept.has(fileOf(key))) continue;
      await files.storage.remove(key);
      removed += 1;
    }
  };
  for (const prefix of PREFIXES) {
    let page: string[] = [];
    for await (const { key, storedAt } of files.storage.list(prefix)) {
      if (storedAt.getTime() >= before || !FILE_KEY.test(key)) continue;
      page.push(key);
      if (page.length < PAGE) continue;
      await sweep(page);
      page = [];
    }
    await sweep(page);
  }
  return removed;
}

/** The key of the file that something in storage is, or was made of. */
function fileOf(key: string): string {
  return FILE_KEY.exec(key)?.[0] ?? key;
}
