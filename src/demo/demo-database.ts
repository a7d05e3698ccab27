import pg from 'pg';
import { randomBytes } from 'node:crypto';

/** How to reach the sample database: as Lading does, with the right to read and nothing else. */
export interface DemoDatabase {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

const OWNER = 'lading_demo_owner';
const READER = 'lading_demo_reader';

/** Runs `work` with a connection that is closed whatever happens. */
async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: 'lading demo' });
  // A connection that breaks fails the query that waits on it; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  const stop = (): void => void client.end();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await work(client);
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end();
  }
}

function urlOf(serverUrl: string, database: string, username?: string, password?: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  if (username !== undefined) url.username = username;
  if (password !== undefined) url.password = password;
  return url.href;
}

async function giveRole(admin: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [name]);
  const verb = rowCount === 0 ? 'create' : 'alter';
  await admin.query(`${verb} role ${admin.escapeIdentifier(name)} login password ${admin.escapeLiteral(password)}`);
}

async function grantReading(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
  );
  for (const { name } of rows) {
    const schema = admin.escapeIdentifier(name);
    await admin.query(`grant usage on schema ${schema} to ${READER}`);
    await admin.query(`grant select on all tables in schema ${schema} to ${READER}`);
  }
}

/**
 * Makes a database anew on the server of `serverUrl`, whose user must be a superuser, lets `fill` fill it as an
 * ordinary user who owns it, and gives a read-only login for it. What the same call made before is replaced.
 */
export async function makeDemoDatabase<T>(
  serverUrl: string,
  database: string,
  fill: (client: pg.Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<{ readonly source: DemoDatabase; readonly filled: T }> {
  const [ownerPassword, password] = [randomBytes(18).toString('base64url'), randomBytes(18).toString('base64url')];
  await withClient(serverUrl, async (admin) => {
    await giveRole(admin, OWNER, ownerPassword);
    await giveRole(admin, READER, password);
    await admin.query(`alter role ${READER} set default_transaction_read_only = on`);
    const name = admin.escapeIdentifier(database);
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name} owner ${OWNER} template template0 encoding 'UTF8'`);
    await admin.query(`revoke connect on database ${name} from public`);
    await admin.query(`grant connect on database ${name} to ${READER}`);
  });
  const filled = await withClient(urlOf(serverUrl, database, OWNER, ownerPassword), fill, signal);
  await withClient(urlOf(serverUrl, database), async (admin) => {
    await grantReading(admin);
    await admin.query(`alter role ${OWNER} nologin password null`);
    await admin.query('analyze');
  });
  const { hostname, port } = new URL(serverUrl);
  return {
    source: { host: hostname, port: Number(port === '' ? 5432 : port), database, username: READER, password },
    filled,
  };
}
