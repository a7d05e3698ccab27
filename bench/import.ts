import { migrateStore } from '../src/store/orm.ts';
import { CONTACTS, CONTACTS_DELTA } from './contacts.ts';
import { peakMemory } from './cpu.ts';
import { chargedToLading, chargedToRaw, expectJob, importedOf, query } from './ground.ts';
import { measure } from './measure.ts';
import { startProduct } from './product.ts';
import type { Product } from './product.ts';
import { hasPsql, runRaw } from './psql.ts';
import { CHECKPOINTS_SQL, passes } from './raw-sql.ts';
import { tableGoals } from './summary.ts';
import type { Bench, Run, What } from './summary.ts';
import { runImportBench } from './run-import-bench.ts';
import type { ImportBenchOptions } from './run-import-bench.ts';

const HELP = `npm run bench: imports generated contacts through Lading and, beside it, as raw SQL.

In one run, interleaved: COPY to staging, upsert and ledger in psql with one and with two sessions; Lading, started in
a temporary home, through its API. Each fresh, then the identical source again, then a source with 60 % the same,
30 % changed and 10 % new. CPU is read from /proc, so it needs Linux.

  npm run bench -- --rows 1000000   contacts (1,000,000)
  npm run bench -- --rounds 3       rounds (1); medians are told
  npm run bench -- --chunk 100000   rows in a transaction of the raw SQL (100,000: costs least CPU)
  npm run bench -- --json           the figures as JSON, all else to stderr`;

const SEED = 1;

/** What both sides work on. */
interface Ground {
  readonly product: Product;
  readonly raw: { readonly source: string; readonly target: string };
  readonly options: ImportBenchOptions;
  readonly report: (line: string) => void;
}

const EMPTY = 'truncate target.customer_users, import_records, import_issues cascade';
/** Nobody's pass shall pay for what an earlier one left to clean up. */
const SETTLE = ['vacuum (analyze) target.customer_users', 'vacuum (analyze) import_records', 'checkpoint'];

async function prepareRaw(product: Product): Promise<{ source: string; target: string }> {
  await query(product.storeUrl, ['drop database if exists bench_raw with (force)', 'create database bench_raw']);
  const target = new URL(product.storeUrl);
  target.pathname = '/bench_raw';
  await migrateStore(target.href);
  await query(target.href, [CHECKPOINTS_SQL]);
  return { source: product.sourceUrl, target: target.href };
}

async function rawPass(ground: Ground, what: What, sessions: number, job: number): Promise<Run> {
  const { product, raw, options } = ground;
  const table = what === 'delta' ? CONTACTS_DELTA : CONTACTS;
  const last = what === 'delta' ? options.rows + Math.floor(options.rows / 10) : options.rows;
  if (what === 'fresh') await query(raw.target, [EMPTY]);
  await query(raw.target, SETTLE);
  ground.report(`Raw SQL, ${sessions === 1 ? 'one session' : `${sessions} sessions`}: ${what}`);
  const { result: _, ...cost } = await measure(await chargedToRaw(product), () =>
    runRaw(raw, passes(job, last, options.chunk, table), sessions),
  );
  return { who: sessions === 1 ? 'raw SQL, one session' : 'raw SQL, two sessions', what, ...cost };
}

async function productPass(ground: Ground, what: What): Promise<Run & { readonly events: number }> {
  const { product, options, report } = ground;
  if (what === 'fresh') await query(product.storeUrl, [EMPTY]);
  await query(product.storeUrl, SETTLE);
  await product.readFrom(what === 'delta' ? CONTACTS_DELTA : CONTACTS);
  report(`Lading: ${what}`);
  const { result: job, ...cost } = await measure(await chargedToLading(product), async () =>
    product.waitFor(await product.startJob(), () => undefined),
  );
  const expected = importedOf(what, options.rows);
  expectJob(job, { rows: options.rows, imported: expected });
  return { who: 'Lading', what, ...cost, events: await product.temporalEvents(job.id) };
}

async function round(ground: Ground, number: number): Promise<{ runs: Run[]; events: number }> {
  const job = number * 10;
  const runs: Run[] = [await rawPass(ground, 'fresh', 1, job)];
  const fresh = await productPass(ground, 'fresh');
  runs.push(fresh, await rawPass(ground, 'fresh', 2, job));
  runs.push(await rawPass(ground, 'again', 1, job + 1), await productPass(ground, 'again'));
  runs.push(await rawPass(ground, 'delta', 1, job + 2), await productPass(ground, 'delta'));
  return { runs, events: fresh.events };
}

async function bench(options: ImportBenchOptions, report: (line: string) => void): Promise<Bench> {
  const product = await startProduct(options.rows, SEED, report);
  try {
    const ground = { product, raw: await prepareRaw(product), options, report };
    const runs: Run[] = [];
    let events = 0;
    for (let number = 1; number <= options.rounds; number++) {
      if (options.rounds > 1) report(`Round ${number} of ${options.rounds}`);
      const done = await round(ground, number);
      runs.push(...done.runs);
      events = done.events;
    }
    const workers = await product.workerPids();
    return {
      rows: options.rows,
      rounds: options.rounds,
      chunk: options.chunk,
      psql: hasPsql(),
      runs,
      temporalEvents: events,
      workerPeakBytes: Math.max(...workers.map(peakMemory)),
    };
  } finally {
    await product.stop();
  }
}

await runImportBench(HELP, bench, tableGoals);
