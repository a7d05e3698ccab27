import { LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound, wrongState } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { DeliveryStatus } from '../../domain/webhook.ts';
import { ImportWebhookDelivery } from '../../store/entities/import-webhook-delivery.ts';
import { attemptsOf, requeueDelivery } from '../../store/queries/events/webhook-deliveries.ts';
import type { RecordedAttempt } from '../../store/queries/events/webhook-deliveries.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { findWebhook } from './find-webhooks.ts';

/** A delivery with its attempts, the last ones first. */
export interface DeliveryView {
  readonly delivery: ImportWebhookDelivery;
  readonly attempts: readonly RecordedAttempt[];
}

/** What was sent, or is on its way, to a webhook, newest first. */
export async function listDeliveries(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  webhookId: string,
  { page, perPage, status }: Page & { readonly status?: DeliveryStatus | undefined },
): Promise<{ rows: DeliveryView[]; total: number }> {
  const em = orm.em.fork();
  await findWebhook(em, actor, webhookId);
  const where = { webhookId, ...(status === undefined ? {} : { status }) };
  const [rows, total] = await em.findAndCount(ImportWebhookDelivery, where, {
    orderBy: { eventId: 'desc' },
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  const attempts = await attemptsOf(
    em,
    rows.map(({ id }) => id),
  );
  return { rows: rows.map((delivery) => ({ delivery, attempts: attempts.get(delivery.id) ?? [] })), total };
}

/**
 * Sends a delivery again, at once and with all its attempts anew; under the same id, so that who has it knows it.
 * Throws `not_found`, and `wrong_state` while the webhook is switched off.
 */
export async function redeliver(
  { orm, orchestrator }: Pick<EngineDeps, 'orm' | 'orchestrator'>,
  actor: Actor,
  webhookId: string,
  id: string,
): Promise<DeliveryView> {
  await orm.em.fork().transactional(async (tx) => {
    const webhook = await findWebhook(tx, actor, webhookId, LockMode.PESSIMISTIC_WRITE);
    if (webhook.disabledAt) throw wrongState('The webhook is switched off: switch it on before anything is sent.');
    if (!isUuid(id) || !(await requeueDelivery(tx, webhookId, id))) throw notFound('Delivery');
    await audit(tx, actor, 'webhook.redelivered', { type: 'import_webhook', id: webhookId }, { delivery: id });
  });
  await orchestrator.deliver(id, true);
  const em = orm.em.fork();
  const delivery = await em.findOneOrFail(ImportWebhookDelivery, { id });
  return { delivery, attempts: (await attemptsOf(em, [id])).get(id) ?? [] };
}
