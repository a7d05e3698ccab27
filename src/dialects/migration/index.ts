import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { presentError } from './errors.ts';
import { migrationRoutes } from './routes.ts';
import { LIMITS, PREFIX } from './words.ts';

/** Document 004, the Migration API, in Indonesian. */
export function createMigration(engine: Pick<Engine, 'migrations'>): Dialect {
  return { name: 'migration', prefix: PREFIX, routes: migrationRoutes(engine), limits: LIMITS, presentError };
}
