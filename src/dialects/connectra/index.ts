import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { batchRoutes } from './batches.ts';
import { CONNECTRA_ERRORS, presentError } from './errors.ts';
import { filterRoutes } from './filters.ts';
import { jobRoutes } from './jobs.ts';
import { searchRoutes } from './searches.ts';
import { uploadRoutes } from './uploads.ts';

/** Document 002, the directory of companies and contacts. Its paths have no prefix of their own. */
export function createConnectra(engine: Pick<Engine, 'directory' | 'directoryJobs'>): Dialect {
  return {
    name: 'connectra',
    prefix: '',
    roots: ['common', 'companies', 'contacts'],
    routes: [
      ...batchRoutes(engine),
      ...searchRoutes(engine),
      ...uploadRoutes(engine),
      ...jobRoutes(engine),
      ...filterRoutes(engine),
    ],
    limits: {},
    errors: CONNECTRA_ERRORS,
    presentError,
  };
}
