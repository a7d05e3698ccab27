import { Connection } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';

/** Custom search attributes that workflows carry; the local server registers them at its start. */
export const SEARCH_ATTRIBUTES = ['LadingTenant', 'LadingKind', 'LadingProfile', 'LadingStatus'] as const;

/** What a local server needs to be started. */
export interface LocalServerOptions {
  readonly port: number;
  /** `null`: without the UI. */
  readonly uiPort: number | null;
  readonly namespace: string;
  /** The SQLite file that keeps workflows over restarts; `null`: in memory. */
  readonly databaseFile: string | null;
}

/** Arguments of the `temporal` executable that start a local server. */
export function localServerArguments(options: LocalServerOptions): string[] {
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(options.port),
    ...(options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort), '--ui-disable-news-fetch']),
    ...(options.databaseFile === null ? [] : ['--db-filename', options.databaseFile]),
    '--namespace',
    options.namespace,
    '--log-level',
    'warn',
    '--log-format',
    'json',
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** Resolves once the server at `address` (host:port) serves the namespace with all search attributes. */
export async function temporalServes(address: string, namespace: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await serves(address, namespace)) return;
    await delay(100, undefined, { signal });
  }
}

/** Whether the server at `address` answers for the namespace, with all search attributes in place. */
export async function serves(address: string, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2000 });
    const { operatorService } = connection;
    return await connection.withDeadline(Date.now() + 2000, async () => {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      return SEARCH_ATTRIBUTES.every((name) => customAttributes?.[name] !== undefined);
    });
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
