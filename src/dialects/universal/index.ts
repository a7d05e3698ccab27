import type { Engine } from '../../engine/index.ts';
import type { Dialect } from '../dialect.ts';
import { analyticsRoutes } from './analytics.ts';
import { builderRoutes } from './builder.ts';
import { bulkRoutes } from './bulk.ts';
import { presentError } from './errors.ts';
import { eventRoutes } from './events.ts';
import { jobRoutes } from './jobs.ts';
import { meRoutes } from './me.ts';
import { planRoutes } from './plans.ts';
import { previewRoutes } from './preview.ts';
import { profileRoutes } from './profiles.ts';
import { recordRoutes } from './records.ts';
import { rollbackRoutes } from './rollbacks.ts';
import { scheduleRoutes } from './schedules.ts';
import { targetRoutes } from './targets.ts';
import { templateRoutes } from './templates.ts';
import { tenantRoutes } from './tenants.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { LIMITS } from './words.ts';

/** Document 000, the Universal Import API, which is also the platform's own. */
export function createUniversal(engine: Engine): Dialect {
  return {
    name: 'universal',
    prefix: '/api/import',
    routes: [
      ...profileRoutes(engine),
      ...builderRoutes(engine),
      ...previewRoutes(engine),
      ...templateRoutes(engine),
      ...jobRoutes(engine),
      ...recordRoutes(engine),
      ...planRoutes(engine),
      ...bulkRoutes(engine),
      ...rollbackRoutes(engine),
      ...scheduleRoutes(engine),
      ...analyticsRoutes(engine),
      ...targetRoutes(engine),
      ...eventRoutes(engine),
      ...meRoutes(),
      ...userRoutes(engine),
      ...tenantRoutes(engine),
      ...tokenRoutes(engine),
    ],
    limits: LIMITS,
    presentError,
  };
}
