import { freePort } from './free-port.ts';
import { keptSecret, readIfThere } from './home.ts';
import type { Home } from './home.ts';
import { postgresUser } from './os-user.ts';
import { postgresBinaries } from './postgres/binaries.ts';
import { ensureCluster, SUPERUSER } from './postgres/cluster.ts';
import { clearLeftovers } from './postgres/leftovers.ts';
import { postgresProcess, postgresUrl } from './postgres/server.ts';
import type { ProcessSpec } from './process-spec.ts';

/** The product's own database on the embedded server. */
export const EMBEDDED_DATABASE = 'lading';

/** An embedded server that is ready to be started. */
export interface EmbeddedPostgres {
  readonly spec: ProcessSpec;
  /** URL of the maintenance database. */
  readonly serverUrl: string;
  /** URL of the product's own database on it. */
  readonly url: string;
}

/** Prepares the embedded PostgreSQL of a home: executables, data folder, password, a port (the last one where free). */
export async function prepareEmbeddedPostgres(home: Home, signal: AbortSignal): Promise<EmbeddedPostgres> {
  const user = postgresUser();
  const binaries = await postgresBinaries(user);
  const password = keptSecret(home.databasePassword);
  await ensureCluster({ folder: home.postgres, password, binaries, user, signal });
  // Before the port is looked for: an orphaned server would still hold the one we want back.
  await clearLeftovers(home.postgres);
  const port = await freePort(lastPort(home));
  const options = { folder: home.postgres, port, password, binaries, user, size: 'product' } as const;
  return {
    spec: postgresProcess(options),
    serverUrl: postgresUrl(options, 'postgres'),
    url: postgresUrl(options, EMBEDDED_DATABASE),
  };
}

/** Somebody may have the address of the last run in a tool: it stays the same while nobody else has taken the port. */
function lastPort(home: Home): number {
  const last = readIfThere(home.databaseUrl);
  if (last === null || !URL.canParse(last)) return 0;
  const { hostname, username, port } = new URL(last);
  return hostname === '127.0.0.1' && username === SUPERUSER ? Number(port) : 0;
}
