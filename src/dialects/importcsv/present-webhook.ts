import type { DeliveryView } from '../../engine/webhooks/deliveries.ts';
import type { WebhookView } from '../../engine/webhooks/webhook-view.ts';

/** A webhook as the document prints it, with what became of it. */
export function presentWebhook(webhook: WebhookView): object {
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.events,
    description: webhook.description,
    active: webhook.active,
    disabled_reason: webhook.disabledReason,
    failing_since: webhook.failingSince,
    created_at: webhook.createdAt,
    updated_at: webhook.updatedAt,
  };
}

/** One event on its way to a webhook. */
export function presentDelivery({ delivery, attempts }: DeliveryView): object {
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event: delivery.event,
    event_id: delivery.eventId,
    status: delivery.status,
    attempt_count: delivery.attempts,
    next_attempt_at: delivery.status === 'pending' ? (delivery.nextAttemptAt ?? null) : null,
    response_status: delivery.responseStatus ?? null,
    error: delivery.error ?? null,
    created_at: delivery.createdAt,
    finished_at: delivery.finishedAt ?? null,
    attempts: attempts.map(({ number, at, durationMs, responseStatus, error }) => ({
      number,
      at,
      duration_ms: durationMs,
      response_status: responseStatus,
      error,
    })),
  };
}
