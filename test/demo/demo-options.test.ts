import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { demoOptions } from '../../src/demo/demo-options.ts';

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lading-demo-'));
  await writeFile(join(folder, 'dump.sql.gz'), 'x');
});

after(() => rm(folder, { recursive: true }));

async function mistake(...argv: string[]): Promise<string> {
  return demoOptions(argv).then(
    (options) => assert.fail(JSON.stringify(options)),
    (error: unknown) => (error instanceof Error ? error.message : assert.fail(String(error))),
  );
}

const refusal = (why: string): string => `Lading cannot start, 1 setting is wrong:\n  --dump: ${why}`;

describe('what follows npm run demo --', () => {
  test('is --once and --dump, a file that is there', async () => {
    const dump = join(folder, 'dump.sql.gz');
    assert.deepEqual(await demoOptions([]), { once: false, dump: null });
    assert.deepEqual(await demoOptions(['--once', '--dump', dump]), { once: true, dump });
    assert.deepEqual(await demoOptions(['--dump', relative(process.cwd(), dump)]), { once: false, dump });
  });

  test('is refused in a sentence when the dump is not there or no file', async () => {
    const missing = join(folder, 'no.sql.gz');
    assert.equal(await mistake('--dump', missing), refusal(`there is no file ${missing}`));
    const below = join(folder, 'dump.sql.gz', 'x');
    assert.equal(await mistake('--dump', below), refusal(`there is no file ${below}`));
    assert.equal(await mistake('--dump', folder), refusal(`${folder} is no file`));
  });

  test('is refused when it is not known', async () => {
    assert.match(await mistake('--onec'), /^Unknown option '--onec'/u);
    assert.match(await mistake('--dump'), /'--dump <value>' argument missing/u);
  });
});
