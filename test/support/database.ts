import pg from 'pg';
import { createHash, randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A database of its own for one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A database with the store's tables, copied from a template that is migrated once for all test files. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = await ensureTemplate();
  return createDatabase(template);
}

/** A database with nothing in it, for tests that bring their own tables. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('template0');
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asSuperuser(async (client) => {
    await client.query(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      asSuperuser(async (client) => {
        await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
      }),
  };
}

/** Test files run at once: the first makes the template under a lock, the others wait for it and find it there. */
async function ensureTemplate(): Promise<string> {
  const name = `template_${migrationsHash()}`;
  await asSuperuser(async (client) => {
    await client.query(`select pg_advisory_lock(hashtext('lading.test.template'))`);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    const unfinished = `${name}_unfinished`;
    await client.query(`drop database if exists ${pg.escapeIdentifier(unfinished)} with (force)`);
    await client.query(`create database ${pg.escapeIdentifier(unfinished)} template template0`);
    const { migrateStore } = await import('../../src/store/orm.ts');
    await migrateStore(urlOf(unfinished));
    await client.query(`alter database ${pg.escapeIdentifier(unfinished)} rename to ${pg.escapeIdentifier(name)}`);
  });
  return name;
}

/** What the tables are made from: the migrations and the built-in targets they make tables of. */
function migrationsHash(): string {
  const hash = createHash('sha256');
  for (const file of globSync(['migrations/*.ts', 'src/targets/*.ts', 'src/store/orm.ts'], {
    cwd: ROOT,
  }).toSorted()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(`${ROOT}/${file}`))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

/** The URL of the server all tests share; without one the test fails and says how to get it. */
function serverUrl(): string {
  const url = process.env['LADING_TEST_DATABASE_URL'];
  if (url !== undefined) return url;
  throw new Error(
    'LADING_TEST_DATABASE_URL is not set: run "npm test -- FILE", or "node test/support/run.ts --serve" aside',
  );
}

async function asSuperuser(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
