import type { SourceServerInfo } from '../../../domain/source-schema.ts';
import type { SourceSession } from './session.ts';

const SERVER = `
  select pg_catalog.pg_encoding_to_char(encoding), datcollate
  from pg_catalog.pg_database where datname = current_database()`;

/** `PostgreSQL 14.9` for what the server calls `14.9 (Debian 14.9-1.pgdg110+1)`. */
export function serverName(serverVersion: string): string {
  return `PostgreSQL ${serverVersion.split(' ')[0] ?? ''}`.trim();
}

/** What a source says of itself; inside a transaction of the session. */
export async function readServerInfo(session: SourceSession): Promise<SourceServerInfo> {
  const [row] = await session.query(SERVER);
  return { version: serverName(session.serverVersion), encoding: row?.[0] ?? '', collation: row?.[1] ?? '' };
}
