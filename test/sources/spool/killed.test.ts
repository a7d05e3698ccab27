import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../src/domain/errors.ts';
import { spoolXlsx } from '../../../src/sources/spool/xlsx/spool-xlsx.ts';
import { textRow, xlsxFile } from '../../support/xlsx-file.ts';
import { SPOOL_OPTIONS } from './spooling.ts';

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

const SPOOL_A_WORKBOOK = `
  const { createReadStream } = await import('node:fs');
  const { spoolXlsx } = await import(process.argv[1]);
  const [, , scratchFolder, file] = process.argv;
  await spoolXlsx(createReadStream(file), { signal: new AbortController().signal, scratchFolder });
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

describe('a workbook is read by a process of its own', { skip: !existsSync('/proc') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lading-spool-'));
  const file = join(folder, 'large.xlsx');
  writeFileSync(file, xlsxFile({ sheets: [{ rows: textRow('a', 'b', 'c', 'd', 'e').repeat(100_000) }] }));
  after(() => rmSync(folder, { recursive: true }));

  test('which ends with whoever started it, however he ends', async () => {
    const module = new URL('../../../src/sources/spool/xlsx/spool-xlsx.ts', import.meta.url).href;
    const child = spawn(process.execPath, ['--input-type=module', '-e', SPOOL_A_WORKBOOK, module, folder, file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const exited = once(child, 'exit');
    try {
      const reader = await readerOf(child.pid);
      child.kill('SIGKILL');
      await exited;
      while (isReading(reader)) await delay(20);
      assert.deepEqual(readdirSync(folder), ['large.xlsx']);
    } finally {
      child.kill('SIGKILL');
    }
  });

  const killedBy = async (signal: NodeJS.Signals): Promise<unknown> => {
    const spooling = spoolXlsx(createReadStream(file), { ...SPOOL_OPTIONS, scratchFolder: folder });
    const told = spooling.then(String, (error: unknown) => error);
    process.kill(await readerOf(process.pid), signal);
    return told;
  };

  test('which V8 may end for its memory, and the file is refused', async () => {
    assert.deepEqual(
      await killedBy('SIGABRT'),
      new AppError('too_large', 'The workbook takes more memory than any may.'),
    );
  });

  test('which anybody else may end, and the file is read again', async () => {
    assert.deepEqual(await killedBy('SIGKILL'), new Error('The process that reads the workbook was ended (SIGKILL).'));
  });
});

/** The process by which another one reads a workbook, once it does. */
async function readerOf(pid: number | undefined): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const reader = children.map(Number).find(isReading);
    if (reader !== undefined) return reader;
    await delay(20);
  }
}

function isReading(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('xlsx-process');
  } catch {
    return false;
  }
}
