import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { after } from 'node:test';
import { openStore } from '../../src/store/orm.ts';
import { createTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

/** A store with nothing in it but its tables. */
export interface TestStore {
  readonly database: TestDatabase;
  readonly orm: MikroORM;
  readonly pool: pg.Pool;
}

/** A store for all tests of the file that calls this at its beginning; it goes when they have ended. */
export async function openTestStore(connections = 4): Promise<TestStore> {
  const database = await createTestDatabase();
  const orm = openStore(database.url, connections);
  after(async () => {
    await orm.close(true);
    await database.drop();
  });
  return { database, orm, pool: await orm.em.getConnection().getNativeClient() };
}
