import type { MikroORM } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';

/**
 * Reads the store in one transaction, which is let go of, whatever is under way, when the caller goes away.
 * @param begin how the transaction begins and what is set for it. The server looks whether its client is still there, so
 *   that a long query does not outlive it.
 */
export async function withSession<T>(
  orm: MikroORM,
  signal: AbortSignal,
  begin: string,
  read: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const pool = await orm.em.getConnection().getNativeClient();
  const client = await pool.connect();
  let held = true;
  const release = (broken: boolean): void => {
    if (held) client.release(broken);
    held = false;
  };
  const abandon = (): void => release(true);
  signal.addEventListener('abort', abandon, { once: true });
  try {
    signal.throwIfAborted();
    await client.query(`${begin}; set local client_connection_check_interval = '2s'`);
    const result = await read(client);
    await client.query('commit');
    release(false);
    return result;
  } finally {
    signal.removeEventListener('abort', abandon);
    release(true);
  }
}
