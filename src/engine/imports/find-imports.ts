import { raw } from '@mikro-orm/postgresql';
import type { FilterQuery } from '@mikro-orm/postgresql';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { isFinal } from '../../domain/job.ts';
import type { JobStatus } from '../../domain/job.ts';
import { requirePermission, seesOwnJobsOnly } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportJob } from '../../store/entities/import-job.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { visibleJob } from '../jobs/find-jobs.ts';
import { estimateRows } from '../../sources/csv/estimate-rows.ts';
import { identifyFile } from '../../sources/spool/identify.ts';
import { ImportFile } from '../../store/entities/import-file.ts';
import { viewJob, viewJobs } from '../jobs/job-view.ts';
import type { JobView } from '../jobs/job-view.ts';

export interface ImportFilter {
  readonly importerId?: string | undefined;
  /** Imports that stand in one of these ways. */
  readonly anyOf?: readonly ImportStanding[] | undefined;
}

/** How an import stands: its status, and of an ended one perhaps whether all of its rows failed, or not. */
export interface ImportStanding {
  readonly status: JobStatus;
  readonly allFailed?: boolean;
}

const ALL_FAILED = `coalesce("total_failed" > 0 and "total_created" + "total_updated" + "total_skipped" = 0, false)`;

/** The imports of files that the actor may see, newest first. */
export async function listImports(
  deps: EngineDeps,
  actor: Actor,
  { importerId, anyOf, page, perPage }: ImportFilter & Page,
): Promise<{ rows: JobView[]; total: number }> {
  requirePermission(actor, 'system.import');
  const where: FilterQuery<ImportJob> = {
    tenantId: actor.tenantId,
    kind: { $in: ['import', 'retry'] },
    importerId: importerId === undefined ? { $ne: null } : isUuid(importerId) ? importerId : { $in: [] },
    ...(anyOf === undefined ? {} : { $or: anyOf.map(standing) }),
    ...(seesOwnJobsOnly(actor) ? { createdById: actor.userId } : {}),
  };
  const em = deps.orm.em.fork();
  const [jobs, total] = await em.findAndCount(ImportJob, where, {
    orderBy: { createdAt: 'desc', number: 'desc' },
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  return { rows: await viewJobs(em, deps.orchestrator, jobs), total };
}

function standing({ status, allFailed }: ImportStanding): FilterQuery<ImportJob> {
  return { status, ...(allFailed === undefined ? {} : { [raw(ALL_FAILED)]: allFailed }) };
}

/** One import of a file that the actor may see. Throws `not_found`. */
export async function getImport(deps: EngineDeps, actor: Actor, id: string): Promise<JobView> {
  requirePermission(actor, 'system.import');
  const em = deps.orm.em.fork();
  const job = await visibleJob(em, actor, id, 'Import');
  if (!job.importerId || job.kind === 'rollback') throw notFound('Import');
  return viewJob(em, deps.orchestrator, job);
}

const LOOK_MS = 40;

/** An import whose rows may not be counted yet. */
export interface CountedImport {
  readonly view: JobView;
  /** How many rows there seem to be, by the beginning of the file; null where they are counted, or nothing tells. */
  readonly estimatedRows: number | null;
}

/** The import once its rows are counted, or as it is after so many milliseconds. */
export async function countedImport(
  deps: EngineDeps,
  actor: Actor,
  id: string,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<CountedImport> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const view = await getImport(deps, actor, id);
    const { estimatedTotal, status } = view.job;
    if (typeof estimatedTotal === 'number' || isFinal(status)) return { view, estimatedRows: null };
    if (performance.now() >= until || signal.aborted)
      return { view, estimatedRows: await rowsByTheirBeginning(deps, view, signal) };
    await delay(LOOK_MS);
  }
}

const SAMPLE_BYTES = 256 * 1024;

async function rowsByTheirBeginning(
  { orm, files: { storage } }: EngineDeps,
  { job }: JobView,
  signal: AbortSignal,
): Promise<number | null> {
  const file = job.fileId ? await orm.em.fork().findOne(ImportFile, { id: job.fileId }) : null;
  if (typeof file?.size !== 'number' || signal.aborted) return null;
  const pieces: Buffer[] = [];
  const sample = { start: 0, end: Math.min(file.size, SAMPLE_BYTES), signal };
  for await (const piece of storage.read(file.storageKey, sample)) pieces.push(piece);
  const start = Buffer.concat(pieces);
  return identifyFile(start) === 'text' ? estimateRows(start, file.size) : null;
}
