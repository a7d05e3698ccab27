import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { authRoutes } from './auth.ts';
import { presentError } from './errors.ts';
import { webhookRoutes } from './webhooks.ts';

/** Document 003, the backend of ImportCSV; logging in is its part for all dialects. */
export function createImportcsv(engine: Pick<Engine, 'access' | 'webhooks'>): Dialect {
  return {
    name: 'importcsv',
    prefix: '/api/v1',
    roots: ['auth', 'importers', 'imports', 'webhooks'],
    routes: [...authRoutes(engine), ...webhookRoutes(engine)],
    limits: {},
    presentError,
  };
}
