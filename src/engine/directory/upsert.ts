import { DatabaseError } from 'pg';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../../domain/actor.ts';
import { DIRECTORY_NAMESPACE } from '../../domain/directory/identity.ts';
import { AppError } from '../../domain/errors.ts';
import { DEFAULT_MODE } from '../../domain/job.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { draftOfRecord, isDirectory } from '../../rows/directory-draft.ts';
import type { ChunkContext } from '../../store/commit/chunk.ts';
import { BatchRefused, commitBatch } from '../../store/commit/commit-batch.ts';
import { TargetMoved } from '../../store/commit/write-target.ts';
import type { ImportJob, JobTarget } from '../../store/entities/import-job.ts';
import { moveJob } from '../../store/queries/jobs/jobs.ts';
import { inSharedTransaction } from '../../store/shared-transaction.ts';
import type { SharedTransaction } from '../../store/shared-transaction.ts';
import { companies, contacts } from '../../targets/directory.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { storeJob, tellOfJob } from '../jobs/insert-job.ts';
import { refusedRows } from './batch.ts';
import type { Batch, BatchRecord } from './batch.ts';

/** What became of a batch: the uuids of its rows in their order, null where a row has none of the kind. */
export interface Upserted {
  readonly jobId: string;
  readonly companyUuids: readonly (string | null)[];
  readonly contactUuids: readonly (string | null)[];
}

/** How often a batch is brought in anew when others have written the same records meanwhile. */
const ATTEMPTS = 5;
const MOST_PAUSE_MS = 50;

/**
 * Brings a batch in, all of it or nothing, in one transaction that leaves a job like any other: ledger, counters, events,
 * and what it takes to undo it. Throws `validation` for rows the database refuses.
 */
export async function upsertBatch({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, batch: Batch): Promise<Upserted> {
  requirePermission(actor, 'system.import');
  for (let attempt = 1; ; attempt++) {
    try {
      const jobId = await inSharedTransaction(orm, (shared) => bringIn(shared, actor, batch));
      return { jobId, companyUuids: uuids(batch, batch.companies), contactUuids: uuids(batch, batch.contacts) };
    } catch (error) {
      if (!isContention(error)) throw error;
      if (attempt === ATTEMPTS)
        throw new AppError('unavailable', 'Others are writing the same records.', { cause: error });
      await delay(Math.random() * MOST_PAUSE_MS * attempt);
    }
  }
}

function uuids({ rows }: Batch, records: readonly BatchRecord[]): (string | null)[] {
  if (records.length === 0) return [];
  const all = Array.from({ length: rows }, (): string | null => null);
  for (const { at, uuid } of records) all[at] = uuid;
  return all;
}

/** Deadlock, a lock that could not be had in time, and records that others keep making and removing. */
const CONTENTION = new Set(['40P01', '55P03', '40001']);

function isContention(error: unknown): boolean {
  return error instanceof TargetMoved || (error instanceof DatabaseError && CONTENTION.has(error.code ?? ''));
}

interface Part {
  readonly target: JobTarget;
  readonly records: readonly BatchRecord[];
  readonly writtenFields: readonly string[];
}

async function bringIn({ tx, client }: SharedTransaction, actor: Actor, batch: Batch): Promise<string> {
  // What is referred to comes first, for everybody alike.
  const parts = [partOf(companies, batch.companies), partOf(contacts, batch.contacts)]
    .filter(({ records }) => records.length > 0)
    .map((part, ordinal) => ({ ...part, target: { ...part.target, ordinal } }));
  await client.query(`set local lock_timeout = '15s'`);
  const job = await storeBatchJob(tx, actor, parts);
  for (const part of parts) await commitPart(client, job, part);
  // Events last: from the first one on until the commit nobody else can write any.
  await audit(tx, actor, 'job.created', { type: 'import_job', id: job.id }, { rows: batch.rows });
  await tellOfJob(tx, job);
  await moveJob(tx, job, { to: 'running', event: 'job.started' });
  await moveJob(tx, job, { to: 'completed', event: 'job.completed', operation: null });
  await tx.flush();
  return job.id;
}

function partOf(spec: TargetSpec, records: readonly BatchRecord[]): Part {
  const given = new Set<string>();
  for (const { record } of records) for (const name of Object.keys(record)) given.add(name);
  const writtenFields = spec.fields.map(({ name }) => name).filter((name) => given.has(name));
  const query = {
    name: spec.label,
    baseTable: 'request',
    joins: [],
    fields: writtenFields.map((name) => ({ source: name, target: name })),
    filters: [],
    targetType: spec.type,
  };
  return { target: { ordinal: 0, spec, query }, records, writtenFields };
}

async function storeBatchJob(tx: SharedTransaction['tx'], actor: Actor, parts: readonly Part[]): Promise<ImportJob> {
  const rows = parts.reduce((sum, { records }) => sum + records.length, 0);
  const byType = <T>(value: (part: Part) => T): Record<string, T> =>
    Object.fromEntries(parts.map((part) => [part.target.spec.type, value(part)]));
  const job = await storeJob(tx, {
    id: randomUUID(),
    tenantId: actor.tenantId,
    userId: actor.userId,
    kind: 'import',
    profileId: null,
    plan: {
      options: {
        batchSize: rows,
        timeoutSeconds: null,
        selectedTypes: null,
        filters: { dateFrom: null, dateTo: null, limit: null },
        source: 'api',
      },
      mode: DEFAULT_MODE,
      targets: parts.map(({ target }) => target),
    },
  });
  job.startedAt = job.createdAt;
  job.estimatedTotal = rows;
  job.sourceCounts = byType(({ records }) => records.length);
  job.sourceQueries = Object.fromEntries(
    parts.map(({ target }) => [String(target.ordinal), { fields: target.query.fields }]),
  );
  job.reading = byType(() => 'In the order in which they were sent.');
  return job;
}

async function commitPart(client: SharedTransaction['client'], job: ImportJob, part: Part): Promise<void> {
  const { target, records, writtenFields } = part;
  const { spec } = target;
  if (!isDirectory(spec)) throw new Error(`${spec.type} is none of the directory`);
  const context: ChunkContext = {
    client,
    tenantId: job.tenantId,
    // Records of the directory are known by their ids, whatever brings them.
    sourceId: DIRECTORY_NAMESPACE,
    jobId: job.id,
    jobNumber: job.number,
    targetOrdinal: target.ordinal,
    spec,
    writtenFields,
    mode: job.mode,
    identifierField: 'uuid',
    referred: new Map(),
    keyedBySource: [],
    dryRun: false,
  };
  try {
    await commitBatch(
      context,
      records.map(({ record }) => draftOfRecord(spec, record)),
    );
  } catch (error) {
    if (!(error instanceof BatchRefused)) throw error;
    throw refusedRows(
      error.rows.flatMap(({ rowNumber, issues }) =>
        issues.map(({ message }) => ({ at: records[rowNumber - 1]?.at ?? 0, message })),
      ),
    );
  }
}
