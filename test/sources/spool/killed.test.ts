import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const SPOOL_FOR_EVER = `
  const { spoolJson } = await import(process.argv[1]);
  async function* rows() {
    for (;;) yield Buffer.from('{"a":"a value"}\\n'.repeat(10000));
  }
  await spoolJson(rows(), {
    signal: new AbortController().signal,
    scratchFolder: process.argv[2],
    progress: (count) => console.log(count),
  });
`;

test('a process that is killed while it spools leaves nothing in the folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lading-spool-'));
  const module = new URL('../../../src/sources/spool/json/spool-json.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', SPOOL_FOR_EVER, module, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
