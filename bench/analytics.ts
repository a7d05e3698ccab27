import pg from 'pg';
import { readFileSync } from 'node:fs';
import type { Actor } from '../src/domain/actor.ts';
import { DEFAULT_PERMISSIONS } from '../src/domain/actor.ts';
import { createAnalytics } from '../src/engine/analytics/index.ts';
import { listRecords } from '../src/engine/records/list-records.ts';
import { openStore } from '../src/store/orm.ts';
import { serverCpu } from './cpu.ts';
import { onFilledStore } from './filled-store.ts';
import { makeLedger, TENANT, USER } from './ledger.ts';
import { count, runBench } from './run-bench.ts';
import { alignedLines, median } from './table.ts';

const HELP = `npm run bench:analytics: how long figures over very many imports take.

Starts PostgreSQL as the product does, in a temporary folder, fills its ledger with generated imports and asks for every
figure, one after the other. Beside the time until the answer is there stands the CPU time of the server for it.

  --jobs 50000          imports (50,000)
  --records 5000000     their records in all (5,000,000)
  --runs 10             runs of each (10)
  --database-url URL    an empty database of this machine to fill instead, or one that an earlier bench has filled`;

const OWNER: Actor = {
  userId: USER,
  userNumber: 1,
  name: 'Bench',
  email: 'bench@localhost',
  tenantId: TENANT,
  tenantName: 'Bench',
  role: 'owner',
  permissions: DEFAULT_PERMISSIONS.owner,
  superAdmin: false,
};
const AGENT: Actor = { ...OWNER, role: 'agent' };
const FIRST_PROFILE = '00000000-0000-4000-8000-100000000000';
const page = { page: 1, perPage: 25 };

/** A day so long ago. */
function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

async function report(url: string, runs: number): Promise<string[]> {
  const orm = openStore(url);
  try {
    const analytics = createAnalytics({ orm });
    const asked: Readonly<Record<string, () => Promise<unknown>>> = {
      'dashboard, all': () => analytics.dashboard(OWNER, {}),
      'dashboard, an agent’s own': () => analytics.dashboard(AGENT, {}),
      'dashboard, 30 days': () => analytics.dashboard(OWNER, { dateFrom: daysAgo(30) }),
      'dashboard, a profile': () => analytics.dashboard(OWNER, { profileId: FIRST_PROFILE }),
      'profile statistics': () => analytics.profileStats(OWNER, FIRST_PROFILE),
      'duplicate analysis, all': () => analytics.duplicateAnalysis(OWNER, {}),
      'duplicate analysis, exact from 80 on': () =>
        analytics.duplicateAnalysis(OWNER, { strategy: 'exact', confidenceMin: 80 }),
      'records, all': () => listRecords({ orm }, OWNER, page),
      'records, failed': () => listRecords({ orm }, OWNER, { ...page, action: 'failed' }),
      'records, duplicates': () => listRecords({ orm }, OWNER, { ...page, hasDuplicates: true }),
      'records, approved': () => listRecords({ orm }, OWNER, { ...page, reviewStatus: 'approved' }),
    };
    const table = [['figures', 'median ms', 'longest ms', 'CPU ms']];
    const postmaster = await postmasterOf(url);
    for (const [name, ask] of Object.entries(asked)) {
      // The first run brings into memory what the others find there.
      await ask();
      const before = serverCpu(postmaster);
      const times: number[] = [];
      for (let run = 0; run < runs; run++) {
        const started = performance.now();
        await ask();
        times.push(performance.now() - started);
      }
      const cpu = ((serverCpu(postmaster) - before) * 1000) / runs;
      table.push([name, median(times).toFixed(0), Math.max(...times).toFixed(0), cpu.toFixed(0)]);
    }
    return alignedLines(table);
  } finally {
    await orm.close();
  }
}

/** The parent of a backend: so the CPU of its parallel workers counts, too. */
async function postmasterOf(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as "pid"');
    const stat = readFileSync(`/proc/${rows[0]?.pid ?? 0}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } finally {
    await client.end();
  }
}

await runBench(
  HELP,
  {
    jobs: { type: 'string', default: '50000' },
    records: { type: 'string', default: '5000000' },
    runs: { type: 'string', default: '10' },
    'database-url': { type: 'string' },
  },
  async (values) => {
    const size = { jobs: count(values.jobs), records: count(values.records) };
    const filling = {
      filled: `select from "import_jobs" limit 1`,
      fill: (client: pg.Client, report: (line: string) => void) => makeLedger(client, size, report),
    };
    await onFilledStore(values['database-url'], filling, async (_, url) => {
      for (const line of await report(url, count(values.runs))) console.log(line);
    });
  },
);
