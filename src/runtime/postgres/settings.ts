/** How much of the machine a server may take: the product's own one, or a small one for a test run. */
export type PostgresSize = 'product' | 'test';

const SIZES = {
  product: { shared_buffers: '512MB', max_wal_size: '4GB', maintenance_work_mem: '256MB' },
  test: { shared_buffers: '128MB', max_wal_size: '1GB', maintenance_work_mem: '64MB' },
} as const;

/**
 * The settings the server is started with, as command line arguments. Nothing here gives up durability: fsync,
 * full-page writes and synchronous commit stay on. WAL is not compressed: the build has pglz only, which costs more
 * CPU than the bytes are worth where two cores are the limit. A new segment of it is not filled with zeros first: whoever
 * came to its beginning waited for 16 MB to reach the disk; what is written into it is synced all the same.
 */
export function postgresArguments(port: number, size: PostgresSize): string[] {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: 200,
    ...SIZES[size],
    effective_cache_size: '4GB',
    work_mem: '16MB',
    temp_buffers: '64MB',
    wal_compression: 'off',
    wal_buffers: '16MB',
    wal_init_zero: 'off',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: 0.9,
    random_page_cost: 1.1,
    jit: 'off',
    autovacuum_naptime: '20s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%a ',
    log_checkpoints: 'off',
    log_min_messages: 'warning',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
