import { LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { ImportWebhook } from '../../store/entities/import-webhook.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { hostOf } from './create-webhook.ts';
import { findWebhook } from './find-webhooks.ts';
import type { WebhookInput } from './webhook-input.ts';
import { viewWebhook } from './webhook-view.ts';
import type { WebhookView } from './webhook-view.ts';

type Changes = { readonly [K in keyof WebhookInput]?: WebhookInput[K] | undefined };

/** Changes a webhook; what is left out stays. Switched on again, one that failed has its days of failing anew. */
export async function changeWebhook(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  id: string,
  changes: Changes,
): Promise<WebhookView> {
  return orm.em.fork().transactional(async (tx) => {
    const webhook = await findWebhook(tx, actor, id, LockMode.PESSIMISTIC_WRITE);
    const { url, events, description, active } = changes;
    const now = new Date();
    tx.assign(webhook, {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events: [...new Set(events)] }),
      ...(description === undefined ? {} : { description }),
      ...(active === true ? { disabledAt: null, disabledReason: null, failingSince: null } : {}),
      ...(active === false && !webhook.disabledAt ? { disabledAt: now, disabledReason: 'switched_off' } : {}),
      updatedAt: now,
    });
    await tx.flush();
    const told = { ...(url === undefined ? {} : { url: hostOf(url) }), ...(active === undefined ? {} : { active }) };
    await audit(tx, actor, 'webhook.updated', { type: 'import_webhook', id }, told);
    return viewWebhook(webhook);
  });
}

/** Deletes a webhook, what is on its way to it, and what was. */
export async function deleteWebhook({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<void> {
  await orm.em.fork().transactional(async (tx) => {
    const webhook = await findWebhook(tx, actor, id, LockMode.PESSIMISTIC_WRITE);
    await tx.nativeDelete(ImportWebhook, { id: webhook.id });
    await audit(tx, actor, 'webhook.deleted', { type: 'import_webhook', id }, { url: hostOf(webhook.url) });
  });
}
