import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { spoolXlsx } from '../src/sources/spool/xlsx/spool-xlsx.ts';
import { writeWorkbook } from './large-workbook.ts';
import type { Texts } from './large-workbook.ts';

const HELP = `node bench/spool-xlsx.ts: how fast a large workbook becomes a table file, and what memory that takes.

  node bench/spool-xlsx.ts --rows 300000      rows of 14 columns (300,000)

Each workbook is made and read in a process of its own: once with shared texts, as Excel writes them, once with texts in
their cells.`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '300000' },
    make: { type: 'string' },
    read: { type: 'string' },
    texts: { type: 'string', default: 'shared' },
    help: { type: 'boolean', default: false },
  },
});

async function read(path: string): Promise<void> {
  const started = performance.now();
  let bytes = 0;
  await using spooled = await spoolXlsx(createReadStream(path), {
    signal: new AbortController().signal,
    scratchFolder: tmpdir(),
  });
  for await (const chunk of spooled.table) bytes += chunk.length;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage();
  const { rows, columns, issues } = spooled.report();
  console.log(
    [
      `${rows} rows × ${columns.length} columns, ${issues} issues`,
      `${mega(statSync(path).size)} MB → ${mega(bytes)} MB`,
      `${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s CPU`,
      `peak RSS ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
    ].join('; '),
  );
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

async function main(): Promise<void> {
  if (values.help) console.log(HELP);
  else if (values.make !== undefined) await writeWorkbook(values.make, Number(values.rows), values.texts as Texts);
  else if (values.read !== undefined) await read(values.read);
  else {
    const folder = mkdtempSync(join(tmpdir(), 'lading-xlsx-'));
    const self = (...args: readonly string[]): void => {
      execFileSync(process.execPath, [import.meta.filename, '--rows', values.rows, ...args], { stdio: 'inherit' });
    };
    try {
      for (const texts of ['shared', 'inline']) {
        const path = join(folder, `${texts}.xlsx`);
        self('--make', path, '--texts', texts);
        console.log(`${texts} texts`);
        self('--read', path);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

await main();
