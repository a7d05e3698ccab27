import type { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from '../src/platform/logger.ts';
import type { OutboundGuard } from '../src/platform/outbound-guard.ts';
import type { Sealer } from '../src/platform/sealing.ts';

/** What activities work with; made once in `assemble.ts`. */
export interface ActivityDeps {
  readonly logger: Logger;
  readonly orm: MikroORM;
  readonly sealer: Sealer;
  readonly guard: OutboundGuard;
}
