import { Kysely, PostgresDialect } from 'kysely';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';
import { AppError } from '../domain/errors.ts';

/** One transaction, as an entity manager and as a session of the driver: COPY and rows of many thousands need the latter. */
export interface SharedTransaction {
  readonly tx: EntityManager;
  readonly client: PoolClient;
}

/**
 * Does work in one transaction, which is committed when the work is done, and rolled back when it throws. Throws
 * `unavailable` when its session has died; then it is not known whether a commit that was under way has happened.
 */
export async function inSharedTransaction<T>(
  orm: MikroORM,
  work: (shared: SharedTransaction) => Promise<T>,
): Promise<T> {
  const pool = await orm.em.getConnection().getNativeClient();
  const client = await pool.connect();
  let broken = true;
  try {
    const transaction = await lentTo(client).startTransaction().execute();
    try {
      const tx = orm.em.fork();
      tx.setTransactionContext(transaction);
      const result = await work({ tx, client });
      await transaction.commit().execute();
      broken = false;
      return result;
    } catch (error) {
      await transaction
        .rollback()
        .execute()
        .catch(() => {
          // The connection is dead and its transaction died with it: whatever was thrown, that is what is wrong.
          throw new AppError('unavailable', 'The service is not available just now.', { cause: error });
        });
      broken = false;
      throw error;
    }
  } finally {
    client.release(broken);
  }
}

/** What the entity manager speaks through, over a session that is ours: it never gives it back. */
function lentTo(client: PoolClient): Kysely<unknown> {
  const lent = { query: client.query.bind(client), release: () => undefined };
  return new Kysely({
    dialect: new PostgresDialect({
      pool: { connect: () => Promise.resolve(lent), end: () => Promise.resolve(), options: {} },
    }),
  });
}
