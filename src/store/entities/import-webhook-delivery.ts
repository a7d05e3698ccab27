import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DeliveryStatus, WebhookEvent } from '../../domain/webhook.ts';

const ImportWebhookDeliverySchema = defineEntity({
  name: 'ImportWebhookDelivery',
  tableName: 'import_webhook_deliveries',
  properties: {
    id: p.uuid().primary(),
    webhookId: p.uuid(),
    eventId: p.bigint('number'),
    event: p.text().$type<WebhookEvent>(),
    status: p.text().$type<DeliveryStatus>(),
    attempts: p.integer(),
    nextAttemptAt: p.datetime().nullable(),
    /** When its workflow was started. */
    startedAt: p.datetime().nullable(),
    responseStatus: p.integer().nullable(),
    error: p.text().nullable(),
    createdAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
  },
});

/** One event on its way to one webhook. Its id is the message's, however often it is sent. */
export class ImportWebhookDelivery extends ImportWebhookDeliverySchema.class {}
ImportWebhookDeliverySchema.setClass(ImportWebhookDelivery);
