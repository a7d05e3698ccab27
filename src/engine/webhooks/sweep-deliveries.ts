import { markStarted, strandedDeliveries } from '../../store/queries/events/webhook-deliveries.ts';
import type { EngineDeps } from '../deps.ts';

const AT_ONCE = 100;

/**
 * Puts on their way the deliveries that nothing carries yet. Safe to run in several processes at once: one that is on
 * its way already stays so.
 */
export async function sweepDeliveries({ orm, orchestrator }: Pick<EngineDeps, 'orm' | 'orchestrator'>): Promise<void> {
  const em = orm.em.fork();
  for (const id of await strandedDeliveries(em, AT_ONCE)) {
    await orchestrator.deliver(id);
    await markStarted(em, id);
  }
}
