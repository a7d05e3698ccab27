import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { globSync, existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUNDLER = fileURLToPath(new URL('bundle-workflows.ts', import.meta.url));

/** What the bundle is made from: the workflows, the domain they may import, and the versions that are installed. */
const MADE_FROM = ['workflows/**/*.ts', 'src/domain/**/*.ts', 'package.json'];

/**
 * The path of the workflows as one script, made when it is not in the cache yet. Bundling is left to a process of its
 * own: it takes some hundred megabytes that a worker would not give back.
 */
export async function workflowBundle(cacheFolder: string): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const file of MADE_FROM.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted()) {
    hash.update(`\0${file}\0`).update(await readFile(join(ROOT, file)));
  }
  const path = join(cacheFolder, `workflows-${hash.digest('hex').slice(0, 20)}.js`);
  if (existsSync(path)) return path;
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = `${path}.${randomUUID()}`;
  await promisify(execFile)(process.execPath, [BUNDLER, unfinished]);
  await rename(unfinished, path);
  return path;
}
