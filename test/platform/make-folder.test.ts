import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { makeFolder } from '../../src/platform/make-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'lading-make-folder-'));
after(() => rmSync(root, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('making a folder', () => {
  test('makes those above it too, all with the mode, and leaves what is there', () => {
    const path = join(root, 'a', 'b', 'c');
    makeFolder(path, 0o700);
    assert.deepEqual([modeOf(join(root, 'a')), modeOf(join(root, 'a', 'b')), modeOf(path)], [0o700, 0o700, 0o700]);
    makeFolder(path, 0o755);
    assert.equal(modeOf(path), 0o700);
  });

  test('says why it cannot be', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    assert.throws(() => makeFolder(file), { code: 'EEXIST' });
    assert.throws(() => makeFolder(join(file, 'below')), { code: 'ENOTDIR' });
  });

  test('ends where the system says that a folder which is there is not', { skip: process.platform !== 'linux' }, () => {
    assert.throws(() => makeFolder('/proc/nothing'), { code: 'ENOENT' });
    assert.throws(() => makeFolder('/proc/nothing/below/it'), { code: 'ENOENT' });
  });
});
