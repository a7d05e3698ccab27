import type { StoreConfig } from './config.ts';
import { seedSystemTemplates } from './engine/templates/seed-system-templates.ts';
import { migrateStore, openStore } from './store/orm.ts';

export { startApi } from './assembly/api.ts';
export { startWorker } from './assembly/worker.ts';

/** Brings the store to the newest version and its system templates up to date. */
export async function migrate(config: StoreConfig): Promise<void> {
  const url = config.store.url.reveal();
  await migrateStore(url);
  const orm = openStore(url, 1);
  try {
    await seedSystemTemplates(orm);
  } finally {
    await orm.close(true);
  }
}
