import { condition, setHandler } from '@temporalio/workflow';
import { deliverWebhook } from './activities.ts';
import { deliverNowSignal } from './messages.ts';

/**
 * Carries one delivery to its webhook, with ever longer pauses, until it has arrived or is given up. Told to deliver
 * now, it begins anew without a pause.
 */
export async function webhookDeliveryWorkflow({ deliveryId }: { readonly deliveryId: string }): Promise<void> {
  let asked = false;
  setHandler(deliverNowSignal, () => {
    asked = true;
  });
  let round = 0;
  for (;;) {
    asked = false;
    const pause = await deliverWebhook({ deliveryId, round });
    if (pause === null && !asked) return;
    const again = asked || (await condition(() => asked, (pause ?? 0) * 1_000));
    round = again ? 0 : round + 1;
  }
}
