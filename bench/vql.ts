import type pg from 'pg';
import { compileCount, compileSearch } from '../src/vql/compile.ts';
import type { DirectoryRow, Statement } from '../src/vql/compile.ts';
import { parseVql } from '../src/vql/parse.ts';
import { processCpu } from './cpu.ts';
import { makeDirectory, TENANT } from './directory.ts';
import { onFilledStore } from './filled-store.ts';
import { count, runBench } from './run-bench.ts';
import { alignedLines, median } from './table.ts';
import { CASES } from './vql-cases.ts';
import type { VqlCase } from './vql-cases.ts';

const HELP = `npm run bench:vql: how long queries of the directory take.

Starts PostgreSQL as the product does, in a temporary folder, fills it with generated companies and contacts, and runs
each kind of query many times, one after the other, with values that change. What takes longer than it may is explained.
Beside the time until the answer is there stands the CPU time of the server's process, which a busy machine does not
change.

  --contacts 1000000    contacts (1,000,000)
  --companies 200000    companies (200,000)
  --runs 100            runs of each kind (100)
  --database-url URL    an empty database to fill instead, or one that an earlier bench has filled`;

/** What one run did, and how long it took. */
interface Run {
  readonly statement: Statement;
  readonly milliseconds: number;
  readonly rows: readonly DirectoryRow[];
}

async function run(client: pg.Client, { service, kind }: VqlCase, query: object): Promise<Run> {
  const started = performance.now();
  const parsed = parseVql(service, query);
  if (kind === 'count') {
    const statement = compileCount(parsed, TENANT);
    await client.query<unknown[]>(statement);
    return { statement, milliseconds: performance.now() - started, rows: [] };
  }
  const { statement, read } = compileSearch(parsed, TENANT);
  const { rows } = await client.query<unknown[]>(statement);
  const answer = rows.map(read);
  return { statement, milliseconds: performance.now() - started, rows: answer };
}

/** The first runs bring into memory what the others find there, and do not count. */
const WARM = 5;

/** Runs a kind of query; a page behind a cursor follows the one before. */
async function measure(client: pg.Client, what: VqlCase, runs: number): Promise<Run[]> {
  const done: Run[] = [];
  let cursor: unknown = null;
  for (let number = -WARM; number < runs; number++) {
    const query = { ...what.query(Math.max(0, number)), ...(what.kind === 'cursor' ? { cursor } : {}) };
    const one = await run(client, what, query);
    if (number >= 0) done.push(one);
    if (what.kind === 'cursor') cursor = one.rows.at(-1)?.['cursor'] ?? null;
  }
  return done;
}

async function report(client: pg.Client, runs: number): Promise<string[]> {
  const table = [['query', 'rows', 'median ms', 'p95 ms', 'CPU ms', 'allowed', '']];
  const server = await client.query<{ pid: number }>('select pg_backend_pid() as "pid"');
  const pid = server.rows[0]?.pid ?? 0;
  const plans: string[] = [];
  for (const what of CASES) {
    const cpu = processCpu(pid);
    const done = (await measure(client, what, runs)).toSorted((a, b) => a.milliseconds - b.milliseconds);
    const slow = done[Math.ceil(done.length * 0.95) - 1];
    if (slow === undefined) throw new Error('nothing was run');
    const missed = what.limit !== null && slow.milliseconds > what.limit;
    table.push([
      what.name,
      String(slow.rows.length || 1),
      median(done.map(({ milliseconds }) => milliseconds)).toFixed(1),
      slow.milliseconds.toFixed(1),
      (((processCpu(pid) - cpu) * 1000) / (runs + WARM)).toFixed(1),
      what.limit === null ? '' : String(what.limit),
      missed ? 'missed' : '',
    ]);
    if (missed) plans.push('', `${what.name}:`, ...(await explain(client, slow.statement)));
  }
  return [...alignedLines(table), ...plans];
}

async function explain(client: pg.Client, { text, values }: Statement): Promise<string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${text}`, values);
  return rows.map((row) => `  ${row['QUERY PLAN']}`);
}

await runBench(
  HELP,
  {
    contacts: { type: 'string', default: '1000000' },
    companies: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '100' },
    'database-url': { type: 'string' },
  },
  async (values) => {
    const size = { contacts: count(values.contacts), companies: count(values.companies) };
    const filling = {
      filled: `select from "target"."contacts" limit 1`,
      fill: (client: pg.Client, report: (line: string) => void) => makeDirectory(client, size, report),
    };
    await onFilledStore(values['database-url'], filling, async (client) => {
      // As the product has queries answered.
      await client.query('set max_parallel_workers_per_gather = 0');
      for (const line of await report(client, count(values.runs))) console.log(line);
    });
  },
);
