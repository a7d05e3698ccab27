import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Counters } from '../../src/domain/counters.ts';
import { DEFAULT_MODE } from '../../src/domain/job.ts';
import type { JobKind, JobStatus, ModeConfig } from '../../src/domain/job.ts';
import type { RowIssue } from '../../src/domain/record.ts';
import type { TargetSpec } from '../../src/domain/target.ts';
import type { Draft } from '../../src/rows/candidate.ts';
import type { ChunkContext } from '../../src/store/commit/chunk.ts';
import { commitChunk } from '../../src/store/commit/commit-chunk.ts';
import type { Committed } from '../../src/store/commit/commit-chunk.ts';
import { claimPartition } from '../../src/store/commit/partition-claim.ts';
import type { PartitionClaim } from '../../src/store/commit/partition-claim.ts';
import { ImportJob } from '../../src/store/entities/import-job.ts';
import { ImportPartition } from '../../src/store/entities/import-partition.ts';
import { sumCounters } from '../../src/store/queries/jobs/partitions.ts';
import { customerUsers } from '../../src/targets/customer-users.ts';
import { findBuiltinTarget } from '../../src/targets/registry.ts';

/** A source row by the names of its fields; fields left out are empty. */
export type RowValues = Readonly<Record<string, string | null>>;

export interface ImportOptions {
  readonly tenantId?: string;
  readonly sourceId?: string;
  readonly spec?: TargetSpec;
  readonly kind?: Extract<JobKind, 'import' | 'validate'>;
  readonly status?: JobStatus;
  readonly mode?: Partial<Omit<ModeConfig, 'duplicateDetection'>>;
  /** Primary fields of duplicate detection, which is off without them. */
  readonly detect?: readonly string[];
  /** All fields of the target when absent. */
  readonly writtenFields?: readonly string[];
  readonly identifierField?: string;
  /** Targets besides the built-in ones that the target refers to. */
  readonly referred?: readonly TargetSpec[];
  /** Rows planned for each partition; one partition of 1,000 when absent. */
  readonly planned?: readonly number[];
}

export interface CommitOptions {
  readonly claim?: PartitionClaim;
  readonly rowsDone?: number;
  readonly last?: boolean;
  readonly expectNew?: boolean;
  readonly key?: string;
  /** The session to commit on, which is then not given back. */
  readonly client?: pg.PoolClient;
}

/** A record of the ledger as it lies in the store, hashes in hex; when the record was written before is left out. */
export interface LedgerRow {
  readonly row: number;
  readonly identifier: string | null;
  readonly hash: string;
  readonly target: string | null;
  readonly action: string;
  readonly duplicateOf: string | null;
  readonly matched: unknown;
  readonly before: Readonly<Record<string, string | null>> | null;
  readonly afterHash: string | null;
}

/** A record of a target with what tells whether it was rewritten. */
export interface TargetRow {
  readonly id: string;
  readonly values: RowValues;
  readonly hash: string | null;
  readonly version: string;
}

/** An import whose chunks a test commits itself. */
export interface TestImport {
  readonly tenantId: string;
  readonly sourceId: string;
  readonly spec: TargetSpec;
  readonly jobId: string;
  readonly jobNumber: number;
  readonly writtenFields: readonly string[];
  readonly identifierField: string;
  context(client: pg.PoolClient): ChunkContext;
  /** Takes a partition over, as an attempt of its activity does. */
  claim(ordinal?: number): Promise<PartitionClaim>;
  draft(values: RowValues, issues?: readonly RowIssue[]): Draft;
  /** Commits rows as one chunk; without a claim it takes the first partition over and goes on where that stands. */
  commit(rows: readonly (RowValues | Draft)[], options?: CommitOptions): Promise<Committed>;
  ledger(): Promise<LedgerRow[]>;
  issues(): Promise<(RowIssue & { readonly row: number })[]>;
  counters(): Promise<Counters>;
  partitions(): Promise<ImportPartition[]>;
}

/** A job, running by default, with its partitions. */
export async function startImport(orm: MikroORM, options: ImportOptions = {}): Promise<TestImport> {
  const pool: pg.Pool = await orm.em.getConnection().getNativeClient();
  const {
    spec = customerUsers,
    tenantId = randomUUID(),
    sourceId = randomUUID(),
    identifierField = 'external_id',
  } = options;
  const mode = modeOf(options);
  const job = await insertJob(orm, {
    tenantId,
    spec,
    mode,
    kind: options.kind ?? 'import',
    status: options.status ?? 'running',
  });
  await insertPartitions(orm, job.id, options.planned ?? [1_000]);
  const writtenFields = options.writtenFields ?? spec.fields.map((field) => field.name);

  const context = (client: pg.PoolClient): ChunkContext => ({
    client,
    tenantId,
    sourceId,
    jobId: job.id,
    jobNumber: job.number,
    targetOrdinal: 0,
    spec,
    writtenFields,
    mode,
    identifierField,
    keyedBySource: [],
    referred: new Map(
      spec.fields.flatMap(({ references }) => {
        const others = options.referred?.find(({ type }) => type === references);
        const referred = others ?? (references === undefined ? undefined : findBuiltinTarget(references));
        return referred ? [[referred.type, referred] as const] : [];
      }),
    ),
    dryRun: job.kind === 'validate',
  });
  const draft = (values: RowValues, issues: readonly RowIssue[] = []): Draft => ({
    identifier: values[identifierField] ?? null,
    values: spec.fields.map((field) => values[field.name] ?? null),
    issues,
  });
  const partitions = (): Promise<ImportPartition[]> =>
    orm.em.fork().find(ImportPartition, { jobId: job.id }, { orderBy: { ordinal: 'asc' } });
  const claim = async (ordinal = 0): Promise<PartitionClaim> => {
    const partition = (await partitions())[ordinal];
    if (!partition) throw new Error(`the job has no partition ${ordinal}`);
    return claimPartition(pool, partition.id);
  };
  const isDraft = (row: RowValues | Draft): row is Draft => Array.isArray(row['issues']);

  return {
    tenantId,
    sourceId,
    spec,
    jobId: job.id,
    jobNumber: job.number,
    writtenFields,
    identifierField,
    context,
    claim,
    draft,
    partitions,
    async commit(rows, given = {}) {
      const held = given.claim ?? (await claim());
      const client = given.client ?? (await pool.connect());
      let broken = true;
      try {
        const chunk = {
          drafts: rows.map((row) => (isDraft(row) ? row : draft(row))),
          position: given.key === undefined ? null : { key: [given.key], ordinal: 1 },
          last: given.last ?? false,
        };
        const progress = { rowsDone: given.rowsDone ?? held.rowsDone, expectNew: given.expectNew ?? false };
        const committed = await commitChunk(context(client), held, chunk, progress);
        broken = false;
        return committed;
      } finally {
        if (given.client === undefined) client.release(broken);
      }
    },
    async ledger() {
      const { rows } = await pool.query<LedgerRow>(
        `select "row_number"::int as "row", "source_identifier" as "identifier", encode("source_hash", 'hex') as "hash",
           "target_id" as "target", "action"::text, "duplicate_of" as "duplicateOf", "matched",
           "before_image" - 'updated_at' as "before", encode("after_hash", 'hex') as "afterHash"
         from "import_records" where "job_number" = $1 order by "target_ordinal", "row_number"`,
        [job.number],
      );
      return rows;
    },
    async issues() {
      const { rows } = await pool.query<RowIssue & { row: number }>(
        `select "row_number"::int as "row", "field", "code", "message", "value", "fatal"
         from "import_issues" where "job_number" = $1 order by "row_number", "ordinal"`,
        [job.number],
      );
      return rows;
    },
    counters: () => sumCounters(orm.em.fork(), job.id),
  };
}

function modeOf({ mode, detect }: ImportOptions): ModeConfig {
  const detection = { ...DEFAULT_MODE.duplicateDetection, enabled: detect !== undefined, primaryFields: detect ?? [] };
  return { ...DEFAULT_MODE, duplicateDetection: detection, ...mode };
}

interface NewJob {
  readonly tenantId: string;
  readonly spec: TargetSpec;
  readonly mode: ModeConfig;
  readonly kind: JobKind;
  readonly status: JobStatus;
}

async function insertJob(orm: MikroORM, { tenantId, spec, mode, kind, status }: NewJob): Promise<ImportJob> {
  const em = orm.em.fork();
  const query = { baseTable: 'rows', joins: [], fields: [], filters: [], targetType: spec.type };
  const job = em.create(ImportJob, {
    id: randomUUID(),
    tenantId,
    kind,
    status,
    options: {
      batchSize: 10_000,
      timeoutSeconds: null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode,
    targets: [{ ordinal: 0, spec, query }],
    sourceCounts: {},
    sourceQueries: {},
    reading: {},
    createdAt: new Date(),
    updatedAt: new Date(),
  });
  await em.flush();
  return job;
}

async function insertPartitions(orm: MikroORM, jobId: string, planned: readonly number[]): Promise<void> {
  const em = orm.em.fork();
  let rowBase = 0;
  for (const [ordinal, plannedRows] of planned.entries()) {
    await em.execute(
      `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base") values (?, 0, ?, ?, ?)`,
      [jobId, ordinal, plannedRows, rowBase],
    );
    rowBase += plannedRows;
  }
}

/** A tenant's records of a target, oldest first. */
export async function recordsOf(pool: pg.Pool, spec: TargetSpec, tenantId: string): Promise<TargetRow[]> {
  const fields = spec.fields.map((field) => `'${field.name}', "${field.column.replaceAll('"', '""')}"::text`);
  const { rows } = await pool.query<TargetRow>(
    `select "id", json_build_object(${fields.join(', ')}) as "values", encode("source_hash", 'hex') as "hash",
       "xmin"::text || ' ' || "ctid"::text as "version"
     from "${spec.schema}"."${spec.table.replaceAll('"', '""')}" where "tenant_id" = $1 order by "created_at", "id"`,
    [tenantId],
  );
  return rows;
}

/** The fields of a row or record that have a value. */
export function filled(values: RowValues): RowValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
