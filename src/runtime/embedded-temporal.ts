import { findTemporalCli } from '../../temporal/find-cli.ts';
import { localServerArguments, serves, temporalServes } from '../../temporal/local-server.ts';
import { childEnvironment } from '../config.ts';
import type { HomeConfig } from '../config.ts';
import { freePort } from './free-port.ts';
import { readIfThere } from './home.ts';
import type { Home } from './home.ts';
import type { ProcessSpec } from './process-spec.ts';

/** An embedded Temporal server that is ready to be started. */
export interface EmbeddedTemporal {
  readonly spec: ProcessSpec;
  readonly address: string;
  readonly uiPort: number;
}

/** Prepares the embedded Temporal of a home: the executable (fetched when there is none) and its ports. */
export async function prepareEmbeddedTemporal(
  config: HomeConfig,
  home: Home,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<EmbeddedTemporal> {
  const { namespace } = config.temporal;
  const command = await findTemporalCli({
    named: config.temporal.cli,
    searchPath: config.home.searchPath,
    ownFolder: home.bin,
    cacheFolder: `${config.home.cache}/bin`,
    report,
    signal,
  });
  const uiPort = await freePort(config.temporal.uiPort);
  if (uiPort !== config.temporal.uiPort) {
    report(`Port ${config.temporal.uiPort} is taken: Temporal's UI is on ${uiPort} (TEMPORAL_UI_PORT)`);
  }
  const port = await freePort(lastPort(home));
  const address = `127.0.0.1:${port}`;
  const spec: ProcessSpec = {
    name: 'temporal',
    command,
    args: localServerArguments({ port, uiPort, namespace, databaseFile: home.temporalDatabase }),
    env: childEnvironment(),
    stopWith: [{ signal: 'SIGTERM', graceMs: 3000 }],
    ready: (until) => temporalServes(address, namespace, until),
    alive: () => serves(address, namespace),
  };
  return { spec, address, uiPort };
}

function lastPort(home: Home): number {
  const last = /^127\.0\.0\.1:(\d+)$/u.exec(readIfThere(home.temporalAddress) ?? '');
  return Number(last?.[1] ?? 0);
}
