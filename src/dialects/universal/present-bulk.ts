import { z } from 'zod';
import { BULK_REFUSALS } from '../../domain/bulk.ts';
import { addCounters, NO_ROWS } from '../../domain/counters.ts';
import type { Counters } from '../../domain/counters.ts';
import { UNDO_OUTCOMES } from '../../domain/rollback.ts';
import type { Engine } from '../../engine/index.ts';
import type { BulkReport } from '../../engine/bulk/bulk-jobs.ts';
import { count, messageAnswer, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { jobAnswer } from './job-answers.ts';
import { presentJob } from './present-job.ts';

/** Many records are changed by jobs: 202 with those while they go on, 200 once they have ended. */
const reportAnswer = messageAnswer.extend({
  selected: count,
  accepted: count.describe('Those that something is done to.'),
  unchanged: z.partialRecord(z.enum([...BULK_REFUSALS, 'not_found']), count).describe('Those left alone, by reason.'),
  job: perhaps(jobAnswer).describe('The job that does it, where it is one.'),
  jobs: z.array(jobAnswer).describe('One for each import whose records they are.'),
});

const sums = { created: count, updated: count, skipped: count, failed: count };

export const approvedAnswer = reportAnswer.extend({
  approved: count,
  left_pending: perhaps(count).describe('Null while the jobs go on.'),
  ...sums,
});
export const rejectedAnswer = reportAnswer.extend({ rejected: count });
export const retriedAnswer = reportAnswer.extend(sums);
export const deletedAnswer = reportAnswer.extend({
  deleted: count,
  rolled_back: count,
  outcomes: z.record(z.enum(UNDO_OUTCOMES), count),
});

type Report<Verb extends keyof Engine['bulk']> = Awaited<ReturnType<Engine['bulk'][Verb]>>;

interface Presentation<Answer extends z.ZodType> {
  readonly status: number;
  readonly body: Presented<Answer>;
}

interface Words {
  readonly verb: string;
  readonly done: string;
}

/** What became of records that were let in. */
export function presentApproved(report: Report<'approve'>): Presentation<typeof approvedAnswer> {
  return present({ verb: 'approve', done: 'approved' }, report, report.approved, {
    approved: report.approved,
    left_pending: report.done ? report.accepted - report.approved : null,
    ...sumsOf(report),
  });
}

/** Of those that do not come in. */
export function presentRejected(report: Report<'reject'>): Presentation<typeof rejectedAnswer> {
  const { accepted } = report;
  return present({ verb: 'reject', done: 'rejected' }, report, accepted, { rejected: accepted });
}

/** Of those that were tried again. */
export function presentRetried(report: Report<'retry'>): Presentation<typeof retriedAnswer> {
  const counts = sumsOf(report);
  return present({ verb: 'retry', done: 'retried' }, report, counts.created + counts.updated + counts.skipped, counts);
}

/** Of those that were deleted. */
export function presentDeleted(report: Report<'delete'>): Presentation<typeof deletedAnswer> {
  const { marked, outcomes } = report;
  const deleted = marked + outcomes.reversed;
  return present({ verb: 'delete', done: 'deleted' }, report, deleted, {
    deleted,
    rolled_back: outcomes.reversed,
    outcomes,
  });
}

function present<Counts extends object>(
  { verb, done }: Words,
  report: BulkReport,
  changed: number,
  counts: Counts,
): { status: number; body: Presented<typeof reportAnswer> & Counts } {
  const jobs = report.jobs.map(presentJob);
  const [job = null, ...more] = jobs;
  const unchanged = { ...report.refusals, ...(report.notFound > 0 && { not_found: report.notFound }) };
  return {
    status: report.done ? 200 : 202,
    body: {
      message: sentenceOf({ verb, done }, report, changed),
      selected: report.selected,
      accepted: report.accepted,
      ...counts,
      unchanged,
      job: more.length === 0 ? job : null,
      jobs,
    },
  };
}

function sentenceOf({ verb, done }: Words, { accepted, done: ended }: BulkReport, changed: number): string {
  if (accepted === 0) return `There was nothing to ${verb} among these records`;
  if (!ended) return `Import records are being ${done}`;
  return changed >= accepted
    ? `Import records ${done} successfully`
    : `${changed} of ${accepted} import records ${done}`;
}

/** What the jobs have done so far. */
function sumsOf({ jobs }: BulkReport): Pick<Counters, 'created' | 'updated' | 'skipped' | 'failed'> {
  const { created, updated, skipped, failed } = jobs.reduce((sum, job) => addCounters(sum, job.counters), NO_ROWS);
  return { created, updated, skipped, failed };
}
