import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { presentError } from './errors.ts';
import { runRoutes } from './runs.ts';

/** Document 001, the API of Laravel Ingest, below a prefix that can be chosen. */
export function createIngest(engine: Pick<Engine, 'imports' | 'jobs'>, prefix: string): Dialect {
  return { name: 'ingest', prefix, routes: runRoutes(engine, prefix), limits: {}, presentError };
}
