import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { authRoutes } from './auth.ts';
import { presentError } from './errors.ts';
import { embeddedRoutes, EMBEDDED_LIMITS, EMBEDDED_PATH } from './embedded.ts';
import { importerRoutes } from './importers.ts';
import { importRoutes } from './imports.ts';
import { webhookRoutes } from './webhooks.ts';

/** Document 003, the backend of ImportCSV; logging in is its part for all dialects. */
export function createImportcsv(
  engine: Pick<Engine, 'access' | 'embedding' | 'importers' | 'imports' | 'webhooks'>,
): Dialect {
  return {
    name: 'importcsv',
    prefix: '/api/v1',
    roots: ['auth', 'importers', 'imports', 'webhooks'],
    routes: [
      ...authRoutes(engine),
      ...importerRoutes(engine),
      ...embeddedRoutes(engine),
      ...importRoutes(engine),
      ...webhookRoutes(engine),
    ],
    anyOrigin: EMBEDDED_PATH,
    limits: EMBEDDED_LIMITS,
    presentError,
  };
}
