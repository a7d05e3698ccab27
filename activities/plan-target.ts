import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { AppError } from '../src/domain/errors.ts';
import type { SourceRange } from '../src/domain/query.ts';
import type { SourceSchema } from '../src/domain/source-schema.ts';
import { SOURCE_KEY } from '../src/domain/target.ts';
import { identifierFieldOf } from '../src/rows/identifier-field.ts';
import { isKey } from '../src/sources/postgres/query/identified-rows.ts';
import { introspect } from '../src/sources/postgres/catalog/introspect.ts';
import { keyExpression } from '../src/sources/postgres/expression/key-expression.ts';
import { buildSourceQuery } from '../src/sources/postgres/query/query.ts';
import type { SourceQuery } from '../src/sources/postgres/query/query.ts';
import { measureSource } from '../src/sources/postgres/query/measure-source.ts';
import { columnFor } from '../src/sources/postgres/query/since.ts';
import type { SinceFilter } from '../src/sources/postgres/query/since.ts';
import type { SourceSession } from '../src/sources/postgres/connection/session.ts';
import { keepRunCursor } from '../src/store/queries/jobs/schedule-runs.ts';
import { planRanges } from '../src/sources/postgres/query/ranges.ts';
import { storeTargetPlan } from '../src/store/queries/jobs/plan.ts';
import { storeApplication } from '../src/store/plans/application.ts';
import { storeRetryPlan } from '../src/store/queries/retries/retry-plan.ts';
import type { ActivityDeps } from './deps.ts';
import { planDirectoryFile } from './plan-directory-file.ts';
import { planFile } from './plan-file.ts';
import { failureAt } from './failing-step.ts';
import { isRetry, loadJobPart, openJobSource, stillRuns } from './job-source.ts';
import type { JobPart } from './job-source.ts';
import { isStop, startPulse } from './pulse.ts';
import { mayRecover, sourceGivenUp } from './source-outage.ts';

/** Rows of one partition: enough to be worth an activity, few enough that many workers share a large table. */
const PARTITION_ROWS = 250_000;

/** How often a source is called before its job gives up: half a minute, as the tries lie further and further apart. */
const TRIES = 10;
const FIRST_PAUSE_MS = 250;

/** Counts a target's rows at the source and divides them into partitions. */
export function createPlanTarget(deps: ActivityDeps) {
  return async ({ jobId, targetOrdinal }: { jobId: string; targetOrdinal: number }): Promise<void> => {
    const pulse = startPulse(() => stillRuns(deps, jobId), deps.logger);
    try {
      await withPatience(deps, pulse.signal, () => plan(deps, { jobId, targetOrdinal }, pulse.signal));
    } catch (error) {
      if (isStop(error, pulse.signal)) return;
      const place = (): string => 'while its rows were counted';
      throw await failureAt(deps, { jobId, step: `plan ${targetOrdinal}`, place }, error);
    } finally {
      pulse.end();
    }
  };
}

/**
 * Tries again while the source is away, for so long as it may be. The attempts of the activity would count workers that
 * died as well, and a store that was away.
 */
async function withPatience(
  { logger }: ActivityDeps,
  signal: AbortSignal,
  attempt: () => Promise<void>,
): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'source_unreachable') throw error;
      if (!mayRecover(error) || tries >= TRIES) throw sourceGivenUp(error);
      const { workflowExecution } = Context.current().info;
      logger.warn({ job: workflowExecution?.workflowId, reason: error.message, tries }, 'the source is away');
    }
    await delay(pause, undefined, { signal });
    pause *= 1.5;
  }
}

async function plan(
  deps: ActivityDeps,
  { jobId, targetOrdinal }: { readonly jobId: string; readonly targetOrdinal: number },
  signal: AbortSignal,
): Promise<void> {
  const part = await loadJobPart(deps, jobId, targetOrdinal);
  if (await planRetry(deps, part)) return;
  if (part.job.options.plan) {
    await storeApplication(deps.orm.em, part.job, part.target, part.job.options.plan);
    return;
  }
  if (part.target.file) return planTableOf(deps, part, signal);
  await using session = await openJobSource(deps, part.job, signal);
  const schema = await introspect(session);
  const query = await identifiedQuery(part, schema, await sinceLastRun(deps, part, session, schema));
  const all = { ...query, limit: null };
  const { total, ranges } = await planRanges(session, all, dividable(part, query) ? PARTITION_ROWS : null);
  await storeTargetPlan(deps.orm.em, part.job, part.target, {
    total,
    ranges: limited(ranges, query.limit),
    query,
    reading: describeReading(query, ranges.length),
    distinct: isDistinct(part, query),
  });
}

function planTableOf(deps: ActivityDeps, part: JobPart, signal: AbortSignal): Promise<void> {
  return part.target.file?.directory ? planDirectoryFile(deps, part, signal) : planFile(deps, part, signal);
}

/** Plans what a retry has left to do of a target; false for other jobs and for a target that was never planned. */
async function planRetry({ orm }: ActivityDeps, { job, target }: JobPart): Promise<boolean> {
  if (!isRetry(job)) return false;
  const identifier = identifierFieldOf(job.mode, target);
  const { file } = target;
  const repeat = file ? () => file.key.length > 0 : (query: unknown) => !isKey(query as SourceQuery, identifier);
  return storeRetryPlan(orm.em, job, target, repeat);
}

/** The target's query; where it fills nothing that rows are known by, the base table's own key does. */
async function identifiedQuery(
  { job, target }: JobPart,
  schema: SourceSchema,
  since: SinceFilter | null,
): Promise<SourceQuery> {
  const filters = { ...job.options.filters, since };
  const query = await buildSourceQuery(target.query, schema, filters);
  const key = keyExpression(query);
  const identifier = identifierFieldOf(job.mode, target);
  const named = query.fields.some((field) => field.target === identifier);
  if (named || key === null || (identifier !== 'external_id' && identifier !== SOURCE_KEY)) return query;
  const fields = [...target.query.fields, { source: key, target: identifier }];
  return buildSourceQuery({ ...target.query, fields }, schema, filters);
}

/** What of a target is new since the last run of the job's schedule, and keeps how far this one is going to come. */
async function sinceLastRun(
  { orm }: ActivityDeps,
  { job, target }: JobPart,
  session: SourceSession,
  schema: SourceSchema,
): Promise<SinceFilter | null> {
  const { incremental } = job.options;
  if (!incremental) return null;
  const { type } = target.spec;
  const wanted = columnFor(incremental.sinceLastRun, type);
  if (wanted === null) return null;
  const measured = await measureSource(session, schema, target.query, wanted, incremental.reached[type] ?? null);
  await keepRunCursor(orm.em, job.id, type, measured.cursor);
  return measured.since;
}

/** Whether ranges may be read side by side and still end as if rows came one after another. */
function dividable(part: JobPart, query: SourceQuery): boolean {
  // A plan is applied chunk by chunk as it was made, one after the other.
  return part.job.kind !== 'plan' && query.limit === null && isDistinct(part, query);
}

/** Whether no two rows can meet in one record: the row's identifier is the key itself and nothing else is matched. */
function isDistinct({ job, target }: JobPart, query: SourceQuery): boolean {
  return !job.mode.duplicateDetection.enabled && isKey(query, identifierFieldOf(job.mode, target));
}

/** No more rows are planned than the limit lets through. */
function limited(ranges: readonly SourceRange[], limit: number | null): SourceRange[] {
  let left = limit ?? Number.POSITIVE_INFINITY;
  return ranges.map((range) => {
    const rows = Math.min(range.rows, left);
    left -= rows;
    return { ...range, rows };
  });
}

function describeReading({ ordering }: SourceQuery, ranges: number): string {
  if (ordering.kind === 'row-digest') return `In the order of a digest of each row, because ${ordering.reason}.`;
  const key = ordering.keys.map(({ name }) => name).join(', ');
  return ranges > 1 ? `In ${ranges} ranges of the unique key ${key}.` : `In the order of the unique key ${key}.`;
}
