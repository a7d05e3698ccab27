import type { EngineDeps } from './deps.ts';
import { createAccess } from './access/index.ts';
import type { Access, AccessParts } from './access/index.ts';
import { createAnalytics } from './analytics/index.ts';
import type { Analytics } from './analytics/index.ts';
import { createBulk } from './bulk/index.ts';
import type { Bulk } from './bulk/index.ts';
import { createDirectory } from './directory/index.ts';
import type { Directory } from './directory/index.ts';
import { createDirectoryJobs } from './directory-jobs/index.ts';
import type { DirectoryJobs } from './directory-jobs/index.ts';
import { createEmbedding } from './embedding/index.ts';
import type { Embedding } from './embedding/index.ts';
import type { EventFeed } from './events/event-feed.ts';
import { createEvents } from './events/index.ts';
import type { Events } from './events/index.ts';
import { createImporters } from './importers/index.ts';
import type { Importers } from './importers/index.ts';
import { createImports } from './imports/index.ts';
import type { Imports } from './imports/index.ts';
import { createJobs } from './jobs/index.ts';
import type { Jobs } from './jobs/index.ts';
import { createMigrations } from './migration/index.ts';
import type { Migrations } from './migration/index.ts';
import { createPlans } from './plans/index.ts';
import type { Plans } from './plans/index.ts';
import { createProfiles } from './profiles/index.ts';
import type { Profiles } from './profiles/index.ts';
import { createRollbacks } from './rollbacks/index.ts';
import type { Rollbacks } from './rollbacks/index.ts';
import { createSchedules } from './schedules/index.ts';
import type { Schedules } from './schedules/index.ts';
import { createTargets } from './targets/index.ts';
import type { Targets } from './targets/index.ts';
import { createTemplates } from './templates/index.ts';
import type { Templates } from './templates/index.ts';
import { createWebhooks } from './webhooks/index.ts';
import type { Webhooks } from './webhooks/index.ts';

/** Everything the product can be asked, whatever the wire language. */
export interface Engine {
  readonly access: Access;
  readonly analytics: Analytics;
  readonly bulk: Bulk;
  readonly directory: Directory;
  readonly directoryJobs: DirectoryJobs;
  readonly embedding: Embedding;
  readonly events: Events;
  readonly importers: Importers;
  readonly imports: Imports;
  readonly jobs: Jobs;
  readonly migrations: Migrations;
  readonly plans: Plans;
  readonly profiles: Profiles;
  readonly rollbacks: Rollbacks;
  readonly schedules: Schedules;
  readonly targets: Targets;
  readonly templates: Templates;
  readonly webhooks: Webhooks;
}

/** What an engine is made of besides its dependencies. */
export interface EngineParts extends EngineDeps, Pick<AccessParts, 'secretKey' | 'rateLimits'> {
  readonly feed: EventFeed;
}

export function createEngine(parts: EngineParts): Engine {
  return {
    access: createAccess(parts),
    analytics: createAnalytics(parts),
    bulk: createBulk(parts),
    directory: createDirectory(parts),
    directoryJobs: createDirectoryJobs(parts),
    embedding: createEmbedding(parts),
    events: createEvents(parts),
    importers: createImporters(parts),
    imports: createImports(parts),
    jobs: createJobs(parts),
    migrations: createMigrations(parts),
    plans: createPlans(parts),
    profiles: createProfiles(parts),
    rollbacks: createRollbacks(parts),
    schedules: createSchedules(parts),
    targets: createTargets(parts),
    templates: createTemplates(parts),
    webhooks: createWebhooks(parts),
  };
}
