import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse';
import type { CsvFormat, ReadBytes } from '../src/sources/csv/csv-format.ts';
import { takeSample } from '../src/sources/csv/csv-sample.ts';
import { detectFormat } from '../src/sources/csv/detect-format.ts';
import { planCsv } from '../src/sources/csv/plan-csv.ts';
import type { CsvRange } from '../src/sources/csv/plan-csv.ts';
import { readCsv } from '../src/sources/csv/read-csv.ts';
import { writeContactsCsv } from './contacts-csv.ts';
import { peakMemory } from './cpu.ts';
import { alignedLines, median } from './table.ts';

const HELP = `Plans and reads a generated CSV of contacts (14 columns), against csv-parse, in CPU seconds.
  --rows N     1000000
  --rounds N   3`;

const CHUNK_BYTES = 1024 * 1024;

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

/** CPU seconds of this process that some work takes, which gives the number of rows it saw. */
async function cpuOf(work: () => Promise<number>, rows: number): Promise<number> {
  const before = process.cpuUsage();
  const seen = await work();
  if (seen !== rows) throw new Error(`${seen} of ${rows} rows were seen`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function readRanges(read: ReadBytes, format: CsvFormat, ranges: readonly CsvRange[]): Promise<number> {
  let rows = 0;
  for (const range of ranges) {
    for await (const batch of readCsv(read, format, range)) rows += batch.rows.length;
  }
  return rows;
}

async function parseAll(path: string): Promise<number> {
  let rows = -1;
  const records = createReadStream(path, { highWaterMark: CHUNK_BYTES }).pipe(parse());
  for await (const _ of records) rows += 1;
  return rows;
}

async function run(path: string, rows: number, rounds: number): Promise<void> {
  await writeContactsCsv(path, rows);
  const { size } = await stat(path);
  const read: ReadBytes = ({ start, end }) =>
    createReadStream(path, { start, highWaterMark: CHUNK_BYTES, ...(end !== undefined && { end: end - 1 }) });
  const detected = detectFormat(await takeSample(read));
  const { ranges, columns } = await planCsv(read, detected);
  const format = { ...detected, columns };
  const works: Readonly<Record<string, () => Promise<number>>> = {
    'tell the format': async () => (detectFormat(await takeSample(read)).columns.length === columns.length ? rows : 0),
    plan: async () => (await planCsv(read, format)).rows,
    read: () => readRanges(read, format, ranges),
    'csv-parse, arrays': () => parseAll(path),
  };
  const seconds = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
  let peak = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      // The most memory held before csv-parse had its first turn.
      if (round === 0 && name === 'csv-parse, arrays') peak = peakMemory(process.pid);
      seconds.get(name)?.push(await cpuOf(work, rows));
    }
  }
  const lines = [...seconds].map(([name, all]) => {
    const typical = median(all);
    return [name, typical.toFixed(2), `${Math.round(size / 1e6 / typical)}`, `${Math.round(rows / typical)}`];
  });
  console.log(`${rows} rows, ${(size / 1e6).toFixed(0)} MB, ${ranges.length} ranges, ${cpus()[0]?.model ?? ''}`);
  console.log(alignedLines([['', 'CPU s', 'MB a CPU s', 'rows a CPU s'], ...lines]).join('\n'));
  console.log(`at most ${Math.round(peak / 2 ** 20)} MB of memory`);
}

if (options.help) console.log(HELP);
else {
  const folder = await mkdtemp(join(tmpdir(), 'lading-csv-'));
  try {
    await run(join(folder, 'contacts.csv'), Number(options.rows), Number(options.rounds));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
