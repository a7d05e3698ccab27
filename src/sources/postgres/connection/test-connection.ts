import { AppError } from '../../../domain/errors.ts';
import type { SourceConnection } from '../../../domain/query.ts';
import type { OutboundGuard } from '../../../platform/outbound-guard.ts';
import { connectionFailureOf, connectionLost } from './connection-errors.ts';
import type { ConnectionFailure } from './connection-errors.ts';
import { openSource } from './connection.ts';
import { serverName } from './server-info.ts';

export interface DatabaseInfo {
  /** `PostgreSQL 14.9`. */
  readonly version: string;
  readonly database: string;
  readonly tableCount: number;
  /** `250 MB`; null when the server did not say within the time. */
  readonly size: string | null;
}

export interface ConnectionSuccess {
  readonly success: true;
  readonly message: 'Connection successful';
  readonly databaseInfo: DatabaseInfo;
}

export type ConnectionTest = ConnectionSuccess | ConnectionFailure;

/** Everything together; a second less than a caller is promised. */
const TEST_MS = 9_000;
const CONNECT_MS = 7_000;

const TABLES = `
  select current_database(), count(*)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f') and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;
const SIZE = 'select pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(current_database()))';

/**
 * Connects, logs in and asks the database about itself; the answer comes within 10 seconds whatever the other side does.
 * @throws AppError `validation` for fields that cannot be sent; every other trouble is a result
 */
export async function testConnection(
  connection: SourceConnection,
  guard: OutboundGuard,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ConnectionTest> {
  const deadline = AbortSignal.timeout(TEST_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    await using session = await openSource(connection, guard, {
      connectTimeoutMs: CONNECT_MS,
      statementTimeoutMs: 3_000,
      signal,
    });
    const [facts] = await session.transaction(() => session.query(TABLES));
    // Measuring looks at every file of the database: on a huge one this may take too long, and the rest still counts.
    const [size] = await session
      .transaction(() => session.query(SIZE), { statementTimeoutMs: 1_000 })
      .catch(() => [[null]]);
    return {
      success: true,
      message: 'Connection successful',
      databaseInfo: {
        version: serverName(session.serverVersion),
        database: facts?.[0] ?? connection.database,
        tableCount: Number(facts?.[1]),
        size: size?.[0] ?? null,
      },
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (deadline.aborted) return connectionFailureOf(connectionLost('Connection timed out'));
    if (!(error instanceof AppError) || error.code === 'validation') throw error;
    return connectionFailureOf(error);
  }
}
