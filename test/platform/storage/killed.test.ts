import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openStorage } from '../../../src/platform/storage/open-storage.ts';

const STORAGE = new URL('../../../src/platform/storage/open-storage.ts', import.meta.url).href;

/** Stores a file that never ends, and says when the first megabytes of it are written. */
const STORING = `
  const { openStorage } = await import(${JSON.stringify(STORAGE)});
  async function* body() {
    for (let count = 0; ; count++) {
      yield Buffer.alloc(2 ** 20);
      if (count === 4) console.log('storing');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  await openStorage({ kind: 'folder', path: process.argv[1] }).put('never', body());
`;

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lading-killed-'));
});
after(() => rm(root, { recursive: true, force: true }));

test('what a killed process was storing is swept at once, and what a living one stores is not', async () => {
  const storing = await Promise.all([startStoring(), startStoring()]);
  const incoming = (): Promise<string[]> => readdir(join(root, '.incoming'));
  assert.equal((await incoming()).length, 2);
  const storage = openStorage({ kind: 'folder', path: root });
  assert.equal(await storage.sweep(), 0);
  await kill(storing[0]);
  assert.equal(await storage.sweep(), 1);
  assert.equal((await incoming()).length, 1);
  await kill(storing[1]);
  assert.equal(await storage.sweep(), 1);
  assert.deepEqual(await readdir(root), ['.incoming']);
  assert.deepEqual(await incoming(), []);
});

type Storing = Awaited<ReturnType<typeof startStoring>>;

async function startStoring() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', STORING, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: Storing): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
