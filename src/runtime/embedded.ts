import { chmod } from 'node:fs/promises';
import { childEnvironment } from '../config.ts';
import type { HomeConfig } from '../config.ts';
import { EMBEDDED_DATABASE, prepareEmbeddedPostgres } from './embedded-postgres.ts';
import { prepareEmbeddedTemporal } from './embedded-temporal.ts';
import { freePort, noPort, portObstacle } from './free-port.ts';
import { keptSecret, openHome, readIfThere, replaceFile } from './home.ts';
import type { Home } from './home.ts';
import { migrateStep } from './migrate-step.ts';
import { ensureDatabase } from './postgres/server.ts';
import { endOrphans } from './process-records.ts';
import { apiReady, roleProcess } from './role-process.ts';
import { RunningSystem } from './running-system.ts';
import { lockHome } from './supervisor-lock.ts';

/** Everything embedded, running and ready. */
export interface Embedded {
  /** Where the API and the start page are, such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  readonly databaseUrl: string;
  /** Where Temporal's UI is. */
  readonly temporalUi: string;
  readonly home: Home;
  /** The password of the first user, when this start made it. */
  readonly newAdminPassword: string | null;
  /** Stops all of it within 15 s and leaves no process behind. */
  stop(): Promise<void>;
}

/** No machine needs longer; what is not ready by then never will be. */
const START_TIMEOUT_MS = 300_000;

/**
 * Starts PostgreSQL and Temporal (each unless its address is configured), the API and the workers as processes of
 * their own, keeps them running, and resolves when all is ready. `report` hears one line a step. Aborting `signal`
 * gives a start up; a start that fails leaves nothing running. Throws an `AppError`: `conflict` when the home or the
 * port is in use, `unavailable` when something cannot be brought to run; a `ConfigError` for a home or a port that
 * cannot be one.
 */
export async function startEmbedded(
  config: HomeConfig,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<Embedded> {
  const home = openHome(config.home.path);
  const system = new RunningSystem(home, report, lockHome(home));
  const failed = new AbortController();
  try {
    return await startAll(
      config,
      system,
      AbortSignal.any([signal, failed.signal, AbortSignal.timeout(START_TIMEOUT_MS)]),
    );
  } catch (error) {
    failed.abort();
    await system.stop();
    throw error;
  }
}

async function startAll(config: HomeConfig, system: RunningSystem, signal: AbortSignal): Promise<Embedded> {
  const { home, report } = system;
  const orphans = await endOrphans(home);
  if (orphans.length > 0) report(`Ended what an earlier run left behind: ${orphans.join(', ')}`);
  const port = await apiPort(config.http.host, config.http.port);

  const [databaseUrl, temporal] = await together(signal, (both) => [
    startStore(config, system, both),
    startTemporal(config, system, both),
  ]);
  const env = childEnvironment({
    LADING_HOME: home.path,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_UI_PORT: String(temporal.uiPort),
    LADING_SECRET_KEY: config.auth.secretKey?.reveal() ?? keptSecret(home.secretKey),
  });
  const knownPassword = readIfThere(home.adminPassword);
  report('Store: bringing it to the newest version');
  await migrateStep(home, env, signal);

  const baseUrl = `http://${hostInUrl(config.http.host)}:${port}`;
  await startRoles(config.home.workers, system, env, baseUrl, signal);
  const password = readIfThere(home.adminPassword);
  return {
    baseUrl,
    databaseUrl,
    temporalUi: temporal.uiUrl,
    home,
    newAdminPassword: password === knownPassword ? null : password,
    stop: () => system.stop(),
  };
}

async function startStore(config: HomeConfig, system: RunningSystem, signal: AbortSignal): Promise<string> {
  const { home, report } = system;
  const given = config.store.url?.reveal();
  if (given !== undefined) {
    replaceFile(home.databaseUrl, given, 0o600);
    return given;
  }
  report('PostgreSQL: starting');
  const { spec, serverUrl, url } = await prepareEmbeddedPostgres(home, signal);
  await system.startServer(spec, signal);
  await ensureDatabase(serverUrl, EMBEDDED_DATABASE);
  replaceFile(home.databaseUrl, url, 0o600);
  return url;
}

interface TemporalAddresses {
  readonly address: string;
  readonly uiPort: number;
  readonly uiUrl: string;
}

async function startTemporal(
  config: HomeConfig,
  system: RunningSystem,
  signal: AbortSignal,
): Promise<TemporalAddresses> {
  const { home, report } = system;
  const { address: given, uiPort, uiUrl } = config.temporal;
  if (given !== null) {
    replaceFile(home.temporalAddress, given, 0o644);
    return { address: given, uiPort, uiUrl };
  }
  report('Temporal: starting');
  const temporal = await prepareEmbeddedTemporal(config, home, report, signal);
  await system.startServer(temporal.spec, signal);
  // The server makes its file readable for all; the home may be older than us and open.
  await chmod(home.temporalDatabase, 0o600);
  replaceFile(home.temporalAddress, temporal.address, 0o644);
  return { ...temporal, uiUrl: `http://127.0.0.1:${temporal.uiPort}` };
}

async function startRoles(
  workers: number,
  system: RunningSystem,
  env: NodeJS.ProcessEnv,
  baseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const { home, report } = system;
  report(workers === 1 ? 'API and worker: starting' : `API and ${workers} workers: starting`);
  const workerNames = ['worker', ...Array.from({ length: workers - 1 }, (_, at) => `worker-${at + 2}`)];
  await together(signal, (all) => [
    system.startRole(roleProcess('api', 'api', home, env), all),
    ...workerNames.map((name) => system.startRole(roleProcess('worker', name, home, env), all)),
  ]);
  await apiReady(baseUrl, signal, (missing) => report(`Still waiting: ${missing}`));
}

/** Like `Promise.all`, but when one fails the others are given up and waited for, so that none acts afterwards. */
async function together<T extends readonly unknown[] | []>(
  signal: AbortSignal,
  start: (signal: AbortSignal) => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const givenUp = new AbortController();
  const started = start(AbortSignal.any([signal, givenUp.signal]));
  try {
    return await Promise.all(started);
  } catch (error) {
    givenUp.abort(error);
    await Promise.allSettled(started);
    throw error;
  }
}

async function apiPort(host: string, wanted: number): Promise<number> {
  const obstacle = wanted === 0 ? null : await portObstacle(wanted, host);
  if (obstacle !== null) throw noPort(host, wanted, obstacle);
  return wanted === 0 ? freePort(0, host) : wanted;
}

/** An address that listens everywhere is reached by its loopback one. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
