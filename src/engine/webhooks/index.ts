import type { Actor } from '../../domain/actor.ts';
import type { DeliveryStatus } from '../../domain/webhook.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { changeWebhook, deleteWebhook } from './change-webhook.ts';
import { createWebhook } from './create-webhook.ts';
import { listDeliveries, redeliver } from './deliveries.ts';
import { getWebhook, listWebhooks } from './find-webhooks.ts';

/** The use cases of webhooks. All need `pages.import.manage`, for they tell of all imports of a tenant. */
export function createWebhooks(deps: EngineDeps) {
  return {
    list: (actor: Actor, page: Page) => listWebhooks(deps, actor, page),
    get: (actor: Actor, id: string) => getWebhook(deps, actor, id),
    create: (actor: Actor, input: Parameters<typeof createWebhook>[2]) => createWebhook(deps, actor, input),
    change: (actor: Actor, id: string, changes: Parameters<typeof changeWebhook>[3]) =>
      changeWebhook(deps, actor, id, changes),
    remove: (actor: Actor, id: string) => deleteWebhook(deps, actor, id),
    deliveries: (actor: Actor, id: string, page: Page & { status?: DeliveryStatus | undefined }) =>
      listDeliveries(deps, actor, id, page),
    redeliver: (actor: Actor, webhookId: string, id: string) => redeliver(deps, actor, webhookId, id),
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;
