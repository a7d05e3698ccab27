import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DisabledReason, WebhookEvent } from '../../domain/webhook.ts';

const ImportWebhookSchema = defineEntity({
  name: 'ImportWebhook',
  tableName: 'import_webhooks',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    url: p.text(),
    events: p.array<WebhookEvent>(),
    description: p.text().nullable(),
    secretSealed: p.text(),
    disabledAt: p.datetime().nullable(),
    disabledReason: p.text().$type<DisabledReason>().nullable(),
    /** Since when no delivery has succeeded; null after one has. */
    failingSince: p.datetime().nullable(),
    createdById: p.uuid(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** An address that a tenant wants to be told of its imports. */
export class ImportWebhook extends ImportWebhookSchema.class {}
ImportWebhookSchema.setClass(ImportWebhook);
