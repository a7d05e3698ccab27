import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { FilePlaces } from '../../src/platform/storage/file-places.ts';
import { FolderStorage } from '../../src/platform/storage/folder-storage.ts';

/** Places for files that go when the tests of this file have ended. */
export function filePlaces(): FilePlaces {
  const folder = mkdtempSync(join(tmpdir(), 'lading-test-files-'));
  after(() => rm(folder, { recursive: true, force: true }));
  return {
    storage: new FolderStorage(join(folder, 'files')),
    scratchFolder: join(folder, 'scratch'),
    maxBytes: 100_000_000,
  };
}
