import type { Engine } from '../engine/index.ts';
import { createConnectra } from './connectra/index.ts';
import type { Dialect } from './dialect.ts';
import { createImportcsv } from './importcsv/index.ts';
import { createIngest } from './ingest/index.ts';
import { createMigration } from './migration/index.ts';
import { migrationEvents } from './migration/live-events.ts';
import { universalEvents } from './universal/live-events.ts';
import { createUniversal } from './universal/index.ts';

/** Every wire language that is served over HTTP. `ingestPrefix` is the path under which runs are found. */
export function createDialects(engine: Engine, { ingestPrefix }: { ingestPrefix: string }): readonly Dialect[] {
  return [
    createUniversal(engine),
    createConnectra(engine),
    createImportcsv(engine),
    createIngest(engine, ingestPrefix),
    createMigration(engine),
  ];
}

/** Every wire language in which sockets are told of events. */
export const EVENT_DIALECTS = [universalEvents, migrationEvents] as const;
