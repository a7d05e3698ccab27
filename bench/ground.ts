import pg from 'pg';
import type { Job } from '../src/demo/job-answers.ts';
import type { Charged } from './measure.ts';
import type { Lading } from './product.ts';
import type { What } from './summary.ts';

/** Runs statements one after the other on a connection of their own. */
export async function query(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The processes that raw SQL is charged with. */
export async function chargedToRaw(lading: Lading): Promise<Charged> {
  return { postmaster: await lading.pid('postgres'), temporal: null, clients: [] };
}

/** The processes that an import is charged with. */
export async function chargedToLading(lading: Lading): Promise<Charged> {
  return {
    postmaster: await lading.pid('postgres'),
    temporal: await lading.pid('temporal'),
    clients: [...(await lading.workerPids()), await lading.pid('api')],
  };
}

/** How many rows a pass creates or updates. */
export function importedOf(what: What, rows: number): number {
  if (what === 'again') return 0;
  return what === 'fresh' ? rows : Math.floor(rows * 0.4);
}

/** A figure of work that was not done says nothing. */
export function expectJob(job: Job, { rows, imported }: { rows: number; imported: number }): void {
  if (job.status === 'completed' && job.records_processed === rows && job.records_imported === imported) return;
  throw new Error(`The job did not do what it should: ${JSON.stringify(job)}`);
}
