import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/runtime/free-port.ts';
import { postgresUser } from '../../src/runtime/os-user.ts';
import { postgresBinaries } from '../../src/runtime/postgres/binaries.ts';
import { ensureCluster } from '../../src/runtime/postgres/cluster.ts';
import { postgresProcess, postgresUrl } from '../../src/runtime/postgres/server.ts';
import { startProcess } from '../../src/runtime/running-process.ts';
import type { RunningProcess } from '../../src/runtime/running-process.ts';
import type { ProcessSpec } from '../../src/runtime/process-spec.ts';
import { findTemporalCli } from '../../temporal/find-cli.ts';
import { localServerArguments, temporalServes } from '../../temporal/local-server.ts';

/** The two servers every test may use, and how to end them. */
export interface TestServers {
  /** Superuser URL of the server's maintenance database. */
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and Temporal in a temporary folder, which goes when they are stopped. */
export async function startTestServers(report: (line: string) => void): Promise<TestServers> {
  const home = await mkdtemp(join(tmpdir(), 'lading-test-'));
  const running: RunningProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((process) => process.stop()));
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = async (spec: ProcessSpec): Promise<void> => {
    const log = join(home, `${spec.name}.log`);
    const started = await startProcess(spec, log);
    running.push(started);
    await Promise.race([
      spec.ready(AbortSignal.timeout(60_000)),
      started.exited.then(() => Promise.reject(new Error(`${spec.name} ended while starting; see ${log}`))),
    ]);
  };
  try {
    const [databaseUrl, temporalAddress] = await Promise.all([
      startPostgres(home, start),
      startTemporal(home, start, report),
    ]);
    return { databaseUrl, temporalAddress, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Start = (spec: ProcessSpec) => Promise<void>;

async function startPostgres(home: string, start: Start): Promise<string> {
  const user = postgresUser();
  const binaries = await postgresBinaries(user);
  const folder = join(home, 'postgres');
  const password = randomBytes(18).toString('base64url');
  await ensureCluster({ folder, password, binaries, user, signal: AbortSignal.timeout(60_000) });
  const options = {
    folder,
    password,
    binaries,
    user,
    port: await freePort(),
    size: 'test',
  } as const;
  await start(postgresProcess(options));
  return postgresUrl(options, 'postgres');
}

async function startTemporal(home: string, start: Start, report: (line: string) => void): Promise<string> {
  const { TEMPORAL_CLI, PATH, XDG_CACHE_HOME } = process.env;
  const command = await findTemporalCli({
    named: TEMPORAL_CLI ?? null,
    searchPath: PATH ?? '',
    ownFolder: join(home, 'bin'),
    cacheFolder: join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lading', 'bin'),
    report,
    signal: AbortSignal.timeout(300_000),
  });
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await start({
    name: 'temporal',
    command,
    args: localServerArguments({ port, uiPort: null, namespace: 'default', databaseFile: null }),
    env: process.env,
    stopWith: [{ signal: 'SIGTERM', graceMs: 3000 }],
    ready: (signal) => temporalServes(address, 'default', signal),
  });
  return address;
}
