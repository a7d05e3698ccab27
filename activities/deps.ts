import type { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from '../src/platform/logger.ts';
import type { OutboundGuard } from '../src/platform/outbound-guard.ts';
import type { Sealer } from '../src/platform/sealing.ts';
import type { FilePlaces } from '../src/platform/storage/file-places.ts';

/** A run of a schedule, as its workflow knows it. */
export interface ScheduledRun {
  readonly scheduleId: string;
  /** The id of the job to be made: asked twice, the same job is meant. */
  readonly jobId: string;
  readonly workflowId: string;
  /** When it was due, ISO 8601. */
  readonly scheduledAt: string;
}

/** What activities work with; made once in `assemble.ts`. */
export interface ActivityDeps {
  readonly logger: Logger;
  readonly orm: MikroORM;
  readonly sealer: Sealer;
  readonly guard: OutboundGuard;
  readonly files: FilePlaces;
  /** Rows that are matched by likeness in memory (20,000); more of them go by way of the store. */
  readonly matchRows?: number;
  /** Makes the job of a schedule's run; null when there is nothing to run. */
  readonly createScheduledJob: (run: ScheduledRun) => Promise<{ tenantId: string; profileId: string | null } | null>;
}
