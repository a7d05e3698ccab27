import type { MikroORM } from '@mikro-orm/postgresql';
import type { OrchestratorSettings } from '../../temporal/orchestrator.ts';
import { ConfigError } from '../config.ts';
import type { Config } from '../config.ts';
import { createOutboundGuard } from '../platform/outbound-guard.ts';
import type { OutboundGuard } from '../platform/outbound-guard.ts';
import { parseOutboundRules } from '../platform/outbound-rules.ts';
import { createSealer } from '../platform/sealing.ts';
import type { Sealer } from '../platform/sealing.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import { openStorage } from '../platform/storage/open-storage.ts';
import { openStore } from '../store/orm.ts';

/** What every serving process stands on. */
export interface Platform {
  readonly orm: MikroORM;
  readonly sealer: Sealer;
  readonly guard: OutboundGuard;
  readonly storage: ObjectStorage;
}

export function createPlatform(config: Config): Platform {
  const { rules, mistakes } = parseOutboundRules(config.outbound.allow.join(','));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    orm: openStore(config.store.url.reveal(), config.store.poolSize),
    sealer: createSealer(config.auth.secretKey.reveal()),
    guard: createOutboundGuard(rules),
    storage: openStorage(config.storage),
  };
}

export function temporalSettings(config: Config): OrchestratorSettings {
  const { address, namespace, taskQueue, uiUrl } = config.temporal;
  return { address, namespace, taskQueue, uiUrl };
}
