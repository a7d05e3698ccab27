import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { batchRoutes } from './batches.ts';
import { presentError } from './errors.ts';
import { filterRoutes } from './filters.ts';
import { searchRoutes } from './searches.ts';

/** Document 002, the directory of companies and contacts. Its paths have no prefix of their own. */
export function createConnectra(engine: Pick<Engine, 'directory'>): Dialect {
  return {
    name: 'connectra',
    prefix: '',
    roots: ['common', 'companies', 'contacts'],
    routes: [...batchRoutes(engine), ...searchRoutes(engine), ...filterRoutes(engine)],
    limits: {},
    presentError,
  };
}
