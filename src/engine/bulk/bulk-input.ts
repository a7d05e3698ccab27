import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import type { BulkVerb } from '../../domain/bulk.ts';
import { MAX_BULK_RECORDS } from '../../domain/bulk.ts';
import { invalid, notFound } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { recordKey } from '../../domain/record.ts';
import { gatherRecords } from '../../store/queries/ledger/bulk-selection.ts';
import { visibleJob } from '../jobs/find-jobs.ts';
import { selectionOf } from '../records/list-records.ts';
import type { RecordFilter } from '../records/list-records.ts';

/** Which records: those that are named, those that fit criteria, or of those named the ones that fit. */
export interface BulkInput {
  readonly recordIds: readonly string[] | null;
  readonly criteria: RecordFilter | null;
}

/** How many records were asked for, and how many of the named ones the actor has none of. */
export interface Gathered {
  readonly selected: number;
  readonly notFound: number;
}

/**
 * Gathers the records somebody asks for, for the rest of the transaction. Ids that name nothing the actor may see count
 * as not found, whatever they name; `not_found` where that is all of them, or where the criteria name such a job.
 * `validation` when there is neither, or too many.
 */
export async function gather(
  tx: EntityManager,
  actor: Actor,
  verb: BulkVerb,
  { recordIds, criteria }: BulkInput,
): Promise<Gathered> {
  requirePermission(actor, 'system.import');
  if (criteria?.jobId !== undefined) await visibleJob(tx, actor, criteria.jobId);
  const ids = recordIds === null ? null : [...new Set(recordIds)];
  const keys = ids?.flatMap((id) => recordKey(id) ?? []) ?? null;
  const { selected, existing } = await gatherRecords(tx, verb, { where: selectionOf(actor, criteria ?? {}), keys });
  if (existing > MAX_BULK_RECORDS) {
    const message = `The selection must not hold more than ${MAX_BULK_RECORDS} records.`;
    throw invalid({ [criteria === null ? 'record_ids' : 'criteria']: [message] });
  }
  if (ids !== null && ids.length > 0 && existing === 0) throw notFound('Import records');
  return { selected, notFound: ids === null ? 0 : ids.length - existing };
}
