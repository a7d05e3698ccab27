import pg from 'pg';
import { parseArgs } from 'node:util';
import { peakMemory, processCpu, serverCpu } from './cpu.ts';
import { measure } from './measure.ts';
import type { Cost } from './measure.ts';
import { people } from './people.ts';
import { PERSON_FIELDS } from './person.ts';
import { startProductWith } from './product.ts';
import type { Product } from './product.ts';
import { alignedLines, median } from './table.ts';

const HELP = `npm run bench:match-import: what matching by likeness costs an import.

Starts Lading in a temporary home, imports invented people, and then others of whom half are there already: by likeness
for the first time (keys and weights are learned), by likeness again, plainly, and with exact duplicates. CPU seconds
are those of the workers and of PostgreSQL, read from /proc, so it needs Linux; the phases of the match pass are watched
from outside.

  --existing 50000   people who are there (50,000)
  --incoming 10000   people who come in, each time others (10,000)
  --rounds 1         rounds of the last three (1); medians are told
  --workers 1        worker processes (1)`;

const COLUMNS = ['external_id', ...PERSON_FIELDS];
const SEED = 1;

interface Options {
  readonly existing: number;
  readonly incoming: number;
  readonly rounds: number;
}

type What = 'plain' | 'exact' | 'likeness, first' | 'likeness, later';

interface Run extends Cost {
  readonly what: What;
  readonly phases: readonly Phase[];
  readonly counts: string;
}

interface Phase {
  readonly name: string;
  seconds: number;
  worker: number;
  server: number;
}

/** Others each time: first, later, plain and exact imports of each round. */
const wavesOf = ({ rounds }: Options): number => 1 + 3 * rounds;

async function fillTable(
  client: pg.Client,
  table: string,
  rows: readonly (readonly (string | null)[])[],
): Promise<void> {
  const columns = PERSON_FIELDS.map((name) => `"${name}" text`).join(', ');
  await client.query(`create table "${table}" ("id" text primary key, ${columns})`);
  const AT_ONCE = 10_000;
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE);
    const ids = some.map((_, at) => `${table}-${String(from + at).padStart(8, '0')}`);
    const values = [ids, ...PERSON_FIELDS.map((_, column) => some.map((row) => row[column] ?? null))];
    await client.query(
      `insert into "${table}" select * from unnest(${values.map((_, at) => `$${at + 1}::text[]`).join(', ')})`,
      values,
    );
  }
}

async function fillSource(client: pg.Client, options: Options, report: (line: string) => void): Promise<void> {
  const { existing, incoming } = options;
  for (let wave = 0; wave < wavesOf(options); wave++) {
    report(`Source: people, wave ${wave + 1} of ${wavesOf(options)}`);
    const set = people(existing, incoming, 'clean', SEED, wave);
    if (wave === 0) await fillTable(client, 'there', set.rows);
    await fillTable(client, `wave_${wave}`, set.incoming);
  }
}

const MODES: Readonly<Record<What, object>> = {
  plain: {},
  exact: { duplicate_detection: { enabled: true, strategy: 'exact', primary_fields: ['email'] } },
  'likeness, first': { duplicate_detection: { enabled: true, strategy: 'fuzzy' } },
  'likeness, later': { duplicate_detection: { enabled: true, strategy: 'fuzzy' } },
};

/** Looks at which phase the match pass of a job is in until told to stop, and charges each with what it took. */
async function watchPhases(
  product: Product,
  store: pg.Client,
  jobId: () => string | null,
  done: AbortSignal,
): Promise<Phase[]> {
  const phases: Phase[] = [];
  const pids = await product.workerPids();
  const postmaster = await product.pid('postgres');
  const reading = (): [number, number, number] => [
    performance.now() / 1000,
    pids.reduce((sum, pid) => sum + processCpu(pid), 0),
    serverCpu(postmaster),
  ];
  let name = 'before';
  let from = reading();
  const charge = (): void => {
    const to = reading();
    const phase = phases.find((one) => one.name === name) ?? { name, seconds: 0, worker: 0, server: 0 };
    if (!phases.includes(phase)) phases.push(phase);
    phase.seconds += to[0] - from[0];
    phase.worker += to[1] - from[1];
    phase.server += to[2] - from[2];
    from = to;
  };
  while (!done.aborted) {
    const id = jobId();
    const { rows } = await store.query<{ phase: string }>(
      `select "phase" from "import_matchings" where "job_id" = $1`,
      [id],
    );
    const now = rows[0]?.phase ?? 'before';
    if (now !== name) {
      charge();
      name = now;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  charge();
  return phases;
}

async function pass(product: Product, store: pg.Client, what: What, table: string): Promise<Run> {
  await product.readFrom(table, COLUMNS);
  await store.query('checkpoint');
  const charged = {
    postmaster: await product.pid('postgres'),
    temporal: await product.pid('temporal'),
    clients: await product.workerPids(),
  };
  let jobId: string | null = null;
  const ended = new AbortController();
  const watching = what.startsWith('likeness') ? watchPhases(product, store, () => jobId, ended.signal) : null;
  const { result: job, ...cost } = await measure(charged, async () => {
    jobId = await product.startJob(MODES[what]);
    return product.waitFor(jobId, () => undefined);
  });
  ended.abort();
  const phases = (await watching) ?? [];
  if (job.status !== 'completed') throw new Error(`${what}: ${JSON.stringify(job)}`);
  const counts = `${job.records_imported - job.records_updated} created, ${job.records_updated} updated, ${job.records_skipped} skipped`;
  return { what, ...cost, phases, counts };
}

const two = (value: number): string => value.toFixed(2);

function summary(runs: readonly Run[], peak: number): string {
  const costs = new Map(
    [...Map.groupBy(runs, (run) => run.what)].map(([what, own]) => [
      what,
      {
        seconds: median(own.map((run) => run.seconds)),
        worker: median(own.map((run) => run.clientCpu)),
        server: median(own.map((run) => run.serverCpu)),
        temporal: median(own.map((run) => run.temporalCpu)),
        counts: own.at(-1)?.counts ?? '',
        phases: own.at(-1)?.phases ?? [],
      },
    ]),
  );
  const plain = costs.get('plain');
  const lines = alignedLines([
    ['', 'seconds', 'worker', 'PostgreSQL', 'Temporal', '× seconds', '× CPU', ''],
    ...[...costs].map(([what, cost]) => [
      what,
      two(cost.seconds),
      two(cost.worker),
      two(cost.server),
      two(cost.temporal),
      two(cost.seconds / (plain?.seconds ?? Number.NaN)),
      two((cost.worker + cost.server) / ((plain?.worker ?? Number.NaN) + (plain?.server ?? Number.NaN))),
      cost.counts,
    ]),
  ]);
  for (const [what, { phases }] of costs) {
    if (phases.length === 0) continue;
    lines.push('', `${what}, by phase (\`done\` is the import itself)`);
    lines.push(
      ...alignedLines([
        ['', 'seconds', 'worker', 'PostgreSQL'],
        ...phases.map(({ name, seconds, worker, server }) => [name, two(seconds), two(worker), two(server)]),
      ]),
    );
  }
  lines.push('', `Worker memory at most ${Math.round(peak / 2 ** 20)} MB`);
  return lines.join('\n');
}

async function bench(options: Options, report: (line: string) => void): Promise<string> {
  const product = await startProductWith((client) => fillSource(client, options, report), report);
  const store = new pg.Client(product.storeUrl);
  try {
    await store.connect();
    const runs: Run[] = [];
    report('Importing those who are there');
    await pass(product, store, 'plain', 'there');
    await store.query('vacuum (analyze) target.customer_users');
    let wave = 0;
    const next = async (what: What): Promise<void> => {
      report(`Importing ${options.incoming.toLocaleString('en')}: ${what}`);
      runs.push(await pass(product, store, what, `wave_${wave++}`));
    };
    await next('likeness, first');
    for (let round = 0; round < options.rounds; round++) {
      await next('likeness, later');
      await next('plain');
      await next('exact');
    }
    return summary(runs, Math.max(...(await product.workerPids()).map(peakMemory)));
  } finally {
    await store.end();
    await product.stop();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      existing: { type: 'string', default: '50000' },
      incoming: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '1' },
      workers: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  process.env['LADING_WORKERS'] = values.workers;
  const options = {
    existing: Number(values.existing),
    incoming: Number(values.incoming),
    rounds: Number(values.rounds),
  };
  console.log(await bench(options, (line) => console.error(`  ${line}`)));
  return 0;
}

process.exit(
  await main().catch((error: unknown) => {
    console.error(error);
    return 1;
  }),
);
