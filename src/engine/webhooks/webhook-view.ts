import type { DisabledReason, WebhookEvent } from '../../domain/webhook.ts';
import type { ImportWebhook } from '../../store/entities/import-webhook.ts';

/** A webhook as it is shown; its secret is shown once, when it is made. */
export interface WebhookView {
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description: string | null;
  readonly active: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly failingSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function viewWebhook(webhook: ImportWebhook): WebhookView {
  const { id, url, events, description, disabledAt, disabledReason, failingSince, createdAt, updatedAt } = webhook;
  return {
    id,
    url,
    events,
    description: description ?? null,
    active: !disabledAt,
    disabledReason: disabledReason ?? null,
    failingSince: failingSince ?? null,
    createdAt,
    updatedAt,
  };
}
