import type { FilterQuery } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import type { RecordAction, RowIssue } from '../../domain/record.ts';
import { broughtInSince } from '../../store/queries/ledger/failed-rows.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import { ImportIssue, ImportRecord } from '../../store/entities/import-record.ts';
import { User } from '../../store/entities/user.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewJobs } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';

/** A job of an importer, as those see it who know jobs and users by their numbers. */
export interface RunView {
  readonly view: JobView;
  /** The importer's slug. */
  readonly importer: string | null;
  readonly userNumber: number | null;
  /** The number of the run whose failed rows it brings, or tries, again. */
  readonly mendsNumber: number | null;
}

/** What became of one row. */
export interface RunRow {
  readonly rowNumber: number;
  readonly action: RecordAction;
  readonly targetId: string | null;
  /** The run that has brought in a failed row since. */
  readonly broughtInBy: number | null;
  readonly errors: readonly Pick<RowIssue, 'field' | 'code' | 'message' | 'value'>[];
}

/** Runs of importers, dry ones too, that the actor may see, newest first. */
export async function listRuns(
  deps: EngineDeps,
  actor: Actor,
  { page, perPage }: Page,
): Promise<{ rows: RunView[]; total: number }> {
  const em = deps.orm.em.fork();
  const [jobs, total] = await em.findAndCount(ImportJob, runsOf(actor), {
    orderBy: { number: 'desc' },
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  return { rows: await viewRuns(deps, jobs), total };
}

/** One run by its number. Throws `not_found`. */
export async function getRun(deps: EngineDeps, actor: Actor, number: number): Promise<RunView> {
  const where: FilterQuery<ImportJob> = { $and: [runsOf(actor), { number }] };
  const job = await deps.orm.em.fork().findOne(ImportJob, where);
  const [run] = job ? await viewRuns(deps, [job]) : [];
  if (!run) throw notFound('Ingest run');
  return run;
}

/** The first rows of a run, failed ones before the others. */
export async function rowsOfRun({ orm }: Pick<EngineDeps, 'orm'>, { job }: JobView, limit: number): Promise<RunRow[]> {
  const em = orm.em.fork();
  const order = { orderBy: { rowNumber: 'asc' }, limit } as const;
  const failed = await em.find(ImportRecord, { jobNumber: job.number, action: 'failed' }, order);
  const others =
    failed.length < limit
      ? await em.find(
          ImportRecord,
          { jobNumber: job.number, action: { $ne: 'failed' } },
          { ...order, limit: limit - failed.length },
        )
      : [];
  const records = [...failed, ...others];
  const issues = await em.find(
    ImportIssue,
    { jobNumber: job.number, rowNumber: { $in: records.map(({ rowNumber }) => rowNumber) } },
    { orderBy: { rowNumber: 'asc', ordinal: 'asc' } },
  );
  const byRow = Map.groupBy(issues, ({ rowNumber }) => rowNumber);
  const broughtIn = await broughtInSince(
    em,
    job.number,
    failed.map(({ rowNumber }) => rowNumber),
  );
  return records.map(({ rowNumber, action, targetId }) => ({
    rowNumber,
    action,
    targetId: targetId ?? null,
    broughtInBy: broughtIn.get(rowNumber) ?? null,
    errors: (byRow.get(rowNumber) ?? []).map(({ field, code, message, value }) => ({
      field: field ?? null,
      code,
      message,
      value: value ?? null,
    })),
  }));
}

function runsOf(actor: Actor): FilterQuery<ImportJob> {
  requirePermission(actor, 'system.import');
  return {
    tenantId: actor.tenantId,
    importerId: { $ne: null },
    kind: { $in: ['import', 'retry', 'validate'] },
    ...(seesOwnJobsOnly(actor) ? { createdById: actor.userId } : {}),
  };
}

async function viewRuns(deps: EngineDeps, jobs: readonly ImportJob[]): Promise<RunView[]> {
  const em = deps.orm.em.fork();
  const views = await viewJobs(em, deps.orchestrator, jobs);
  const importerIds = [...new Set(jobs.flatMap(({ importerId }) => importerId ?? []))];
  const importers = await em.find(ImportImporter, { id: { $in: importerIds } });
  const userIds = [...new Set(jobs.flatMap(({ createdById }) => createdById ?? []))];
  const users = await em.find(User, { id: { $in: userIds } });
  const parentIds = [...new Set(jobs.flatMap(({ parentJobId }) => parentJobId ?? []))];
  const parents = await em.find(ImportJob, { id: { $in: parentIds } }, { fields: ['number'] });
  return views.map((view) => ({
    view,
    mendsNumber: parents.find(({ id }) => id === view.job.parentJobId)?.number ?? null,
    importer: importers.find(({ id }) => id === view.job.importerId)?.slug ?? null,
    userNumber: users.find(({ id }) => id === view.job.createdById)?.number ?? null,
  }));
}
