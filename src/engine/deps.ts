import type { MikroORM } from '@mikro-orm/postgresql';
import type { OutboundGuard } from '../platform/outbound-guard.ts';
import type { Sealer } from '../platform/sealing.ts';
import type { FilePlaces } from '../platform/storage/file-places.ts';
import type { Orchestrator } from './ports.ts';

/** What use cases work with; made once in `assemble.ts`. */
export interface EngineDeps {
  readonly orm: MikroORM;
  readonly sealer: Sealer;
  readonly guard: OutboundGuard;
  readonly files: FilePlaces;
  readonly orchestrator: Orchestrator;
}
