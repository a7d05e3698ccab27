import type { Actor } from '../../domain/actor.ts';
import type { RecordAction } from '../../domain/record.ts';
import { seesOwnJobsOnly } from '../../domain/policy.ts';
import type { ReviewStatus } from '../../domain/review.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import type { JobTarget } from '../../store/entities/import-job.ts';
import { segmentRecords } from '../../store/queries/ledger/ledger-page.ts';
import type { LedgerRecord } from '../../store/queries/ledger/ledger-page.ts';
import { ledgerPart } from '../../store/queries/ledger/ledger-segments.ts';
import type { LedgerSelection } from '../../store/queries/ledger/ledger-segments.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';

export interface RecordFilter {
  readonly jobId?: string | undefined;
  readonly action?: RecordAction | undefined;
  readonly targetType?: string | undefined;
  readonly hasDuplicates?: boolean | undefined;
  /** 0 to 100. */
  readonly confidenceMin?: number | undefined;
  readonly reviewStatus?: ReviewStatus | undefined;
}

/** A record of the ledger and the part of its job it is of. */
export interface ListedRecord {
  readonly record: LedgerRecord;
  readonly job: ImportJob;
  readonly target: JobTarget;
}

/**
 * The records of imports and retries that the actor may see: the newest job first, within it in the order of the
 * source. The checkpoints know how many records lie where, so neither the total nor a page far behind reads the ledger.
 */
export async function listRecords(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  filter: RecordFilter & Page,
): Promise<{ rows: ListedRecord[]; total: number }> {
  const em = orm.em.fork();
  const selection = selectionOf(actor, filter);
  const skipped = (filter.page - 1) * filter.perPage;
  const { segments, before, total } = await ledgerPart(em, selection, { offset: skipped, limit: filter.perPage });
  const records: LedgerRecord[] = [];
  let offset = skipped - before;
  for (const segment of segments) {
    const limit = Math.min(segment.count - offset, filter.perPage - records.length);
    if (limit > 0) records.push(...(await segmentRecords(em, selection, segment, { offset, limit })));
    offset = Math.max(0, offset - segment.count);
    if (records.length >= filter.perPage) break;
  }
  const numbers = [...new Set(records.map((record) => record.jobNumber))];
  const jobs = await em.find(ImportJob, { number: { $in: numbers } });
  const byNumber = new Map(jobs.map((job) => [job.number, job]));
  const rows = records.flatMap((record) => {
    const job = byNumber.get(record.jobNumber);
    const target = job?.targets.find(({ ordinal }: JobTarget) => ordinal === record.targetOrdinal);
    return job && target ? [{ record, job, target }] : [];
  });
  return { rows, total };
}

/** What a filter selects of what the actor may see. */
export function selectionOf(actor: Actor, filter: RecordFilter): LedgerSelection {
  return {
    tenantId: actor.tenantId,
    createdById: seesOwnJobsOnly(actor) ? actor.userId : null,
    jobId: filter.jobId ?? null,
    targetType: filter.targetType ?? null,
    action: filter.action ?? null,
    duplicates: filter.hasDuplicates ?? null,
    confidenceMin: filter.confidenceMin ?? null,
    reviewStatus: filter.reviewStatus ?? null,
  };
}
