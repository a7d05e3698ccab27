import type { Actor } from '../../domain/actor.ts';
import { countRefusals, rejectGathered } from '../../store/queries/ledger/bulk-selection.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { gather } from './bulk-input.ts';
import type { BulkInput } from './bulk-input.ts';
import type { BulkReport } from './bulk-jobs.ts';

/**
 * Decides of rows that wait for a person that they do not come in, all in one transaction: nothing is written to the
 * target, and figures count the match as a wrong one.
 */
export async function rejectRecords(deps: EngineDeps, actor: Actor, input: BulkInput): Promise<BulkReport> {
  return deps.orm.em.fork().transactional(async (tx) => {
    const gathered = await gather(tx, actor, 'reject', input);
    const accepted = await rejectGathered(tx, actor.userId);
    const facts = { records: accepted, ...named(input) };
    if (accepted > 0) await audit(tx, actor, 'records.reject', { type: 'tenant', id: actor.tenantId }, facts);
    return { ...gathered, refusals: await countRefusals(tx), accepted, jobs: [], done: true };
  });
}

/** What was selected by, as far as it fits an entry of the log. */
export function named({ recordIds, criteria }: BulkInput): object {
  return { recordIds: recordIds?.slice(0, 100) ?? null, criteria };
}
