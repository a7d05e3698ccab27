import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/runtime/free-port.ts';
import { startProcess } from '../../src/runtime/running-process.ts';
import { findTemporalCli } from '../../temporal/find-cli.ts';
import { localServerArguments, temporalServes } from '../../temporal/local-server.ts';

/** A Temporal server of a test's own, which it may configure, stop and start again. */
export interface TemporalServer {
  readonly address: string;
  stop(): Promise<void>;
  /** Starts it again where it was, with all it knew. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** The `temporal` executable that tests run; one that has to be fetched goes where all homes of the user look. */
export function temporalCli(ownFolder = ''): Promise<string> {
  const { TEMPORAL_CLI, PATH, XDG_CACHE_HOME } = process.env;
  return findTemporalCli({
    named: TEMPORAL_CLI ?? null,
    searchPath: PATH ?? '',
    ownFolder,
    cacheFolder: join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lading', 'bin'),
    report: () => undefined,
    signal: AbortSignal.timeout(300_000),
  });
}

/** Starts one; `settings` are Temporal's dynamic configuration. */
export async function startTemporalServer(
  settings: Readonly<Record<string, string | number>> = {},
): Promise<TemporalServer> {
  const home = await mkdtemp(join(tmpdir(), 'lading-temporal-'));
  const command = await temporalCli(join(home, 'bin'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const databaseFile = join(home, 'temporal.db');
  const spec = {
    name: 'temporal',
    command,
    args: [
      ...localServerArguments({ port, uiPort: null, namespace: 'default', databaseFile }),
      ...Object.entries(settings).flatMap(([name, value]) => ['--dynamic-config-value', `${name}=${value}`]),
    ],
    env: process.env,
    stopWith: [{ signal: 'SIGTERM', graceMs: 3_000 }],
    ready: (signal: AbortSignal) => temporalServes(address, 'default', signal),
  } as const;
  const launch = async (): ReturnType<typeof startProcess> => {
    const started = await startProcess(spec, join(home, 'temporal.log'));
    await spec.ready(AbortSignal.timeout(60_000));
    return started;
  };
  let running = await launch();
  return {
    address,
    stop: async () => void (await running.stop()),
    async start() {
      running = await launch();
    },
    async remove() {
      await running.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
