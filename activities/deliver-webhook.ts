import { Context } from '@temporalio/activity';
import { messageOf, secretBinding } from '../src/domain/webhook.ts';
import { postSigned } from '../src/platform/post-signed.ts';
import { dueDelivery, giveUp, recordAttempt } from '../src/store/queries/events/webhook-deliveries.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Attempts a delivery once. Returns the seconds until it is to be attempted again, or null when there is nothing left to
 * do. An attempt whose worker dies before it is written down is made again: a webhook hears of an event at least once,
 * each time under the same id.
 */
export function createDeliverWebhook({ orm, sealer, guard }: ActivityDeps) {
  return async ({ deliveryId, round }: { deliveryId: string; round: number }): Promise<number | null> => {
    const em = orm.em.fork();
    const due = await dueDelivery(em, deliveryId);
    if (due === null) {
      await giveUp(em, deliveryId);
      return null;
    }
    const { webhook, url, secretSealed, event, eventAt, job, now } = due;
    const started = performance.now();
    const result = await postSigned(
      guard,
      {
        url,
        id: `msg_${deliveryId.replaceAll('-', '')}`,
        at: now,
        secret: sealer.open(secretSealed, secretBinding(webhook)),
        body: messageOf(event, eventAt, job),
      },
      Context.current().cancellationSignal,
    );
    const durationMs = Math.round(performance.now() - started);
    return recordAttempt(em, deliveryId, { ...result, at: now, durationMs, round });
  };
}
