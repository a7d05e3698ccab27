import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/runtime/free-port.ts';
import { postgresUser } from '../src/runtime/os-user.ts';
import { postgresBinaries } from '../src/runtime/postgres/binaries.ts';
import { ensureCluster } from '../src/runtime/postgres/cluster.ts';
import { postgresProcess, postgresUrl } from '../src/runtime/postgres/server.ts';
import { startProcess } from '../src/runtime/running-process.ts';

/** The embedded PostgreSQL alone, set up as the product does, in a temporary folder that goes when it is stopped. */
export interface BenchPostgres {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts it; resolves when it takes queries. */
export async function startPostgres(): Promise<BenchPostgres> {
  const home = await mkdtemp(join(tmpdir(), 'lading-bench-'));
  const user = postgresUser();
  const binaries = await postgresBinaries(user);
  const folder = join(home, 'postgres');
  const password = randomBytes(18).toString('base64url');
  await ensureCluster({ folder, password, binaries, user, signal: AbortSignal.timeout(60_000) });
  const options = { folder, password, binaries, user, port: await freePort(), size: 'product' } as const;
  const spec = postgresProcess(options);
  const log = join(home, 'postgres.log');
  const running = await startProcess(spec, log);
  const stop = async (): Promise<void> => {
    await running.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await Promise.race([
      spec.ready(AbortSignal.timeout(60_000)),
      running.exited.then(() => Promise.reject(new Error(`PostgreSQL ended while starting; see ${log}`))),
    ]);
    return { url: postgresUrl(options, 'postgres'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
