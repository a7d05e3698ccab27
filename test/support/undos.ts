import type pg from 'pg';
import type { MikroORM } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import { DEFAULT_MODE } from '../../src/domain/job.ts';
import { NO_UNDOS } from '../../src/domain/rollback.ts';
import type { RollbackOptions, UndoCounts, UndoOutcome } from '../../src/domain/rollback.ts';
import { claimPartition } from '../../src/store/commit/partition-claim.ts';
import type { TargetSpec } from '../../src/domain/target.ts';
import type { PartitionClaim } from '../../src/store/commit/partition-claim.ts';
import { commitUndo } from '../../src/store/undo/chunk.ts';
import type { Undone } from '../../src/store/undo/chunk.ts';
import type { UndoTask } from '../../src/store/undo/context.ts';
import { ImportJob } from '../../src/store/entities/import-job.ts';
import type { TestImport } from './records.ts';

export interface UndoOptions extends Partial<RollbackOptions> {
  readonly identifierField?: string;
  /** Targets of the job besides the one that is undone. */
  readonly targets?: readonly TargetSpec[];
}

/** An entry of a rollback, images and hashes left out. */
export interface UndoRow {
  readonly row: number;
  readonly target: string;
  readonly outcome: UndoOutcome;
  readonly effect: string | null;
  readonly superseded_by: number | null;
  readonly reason: string | null;
}

/** A rollback whose chunks a test commits itself. */
export interface TestUndo {
  readonly jobId: string;
  readonly jobNumber: number;
  claim(): Promise<PartitionClaim>;
  /** Undoes the next rows; without a claim it takes the partition over and goes on where that stands. */
  chunk(
    limit?: number,
    options?: { claim?: PartitionClaim; client?: pg.PoolClient; careful?: boolean },
  ): Promise<Undone>;
  /** Undoes all that is left, so many rows at a time, and says what became of them. */
  run(limit?: number): Promise<UndoCounts>;
  entries(): Promise<UndoRow[]>;
}

/** A running rollback of an import, or with `redoOf` of the rollback of it. */
export async function startUndo(
  orm: MikroORM,
  job: TestImport,
  options: UndoOptions = {},
  redoOf: TestUndo | null = null,
): Promise<TestUndo> {
  const pool: pg.Pool = await orm.em.getConnection().getNativeClient();
  const rollback: RollbackOptions = {
    targetActions: options.targetActions ?? ['created', 'updated'],
    preserveRelationships: options.preserveRelationships ?? true,
    dryRun: options.dryRun ?? false,
  };
  const em = orm.em.fork();
  const made = em.create(ImportJob, {
    id: randomUUID(),
    tenantId: job.tenantId,
    kind: 'rollback',
    status: 'running',
    parentJobId: redoOf?.jobId ?? job.jobId,
    options: {
      batchSize: 10_000,
      timeoutSeconds: null,
      selectedTypes: null,
      filters: { dateFrom: null, dateTo: null, limit: null },
    },
    mode: DEFAULT_MODE,
    targets: [],
    rollback,
    sourceCounts: {},
    sourceQueries: {},
    reading: {},
    createdAt: new Date(),
    updatedAt: new Date(),
  });
  await em.flush();
  const { rows } = await pool.query<{ id: string }>(
    `insert into "import_partitions" ("job_id", "target_ordinal", "ordinal", "planned_rows", "row_base", "range_after", "range_up_to")
     values ($1, 0, 0, 0, 0, '["0"]', '["1000000"]') returning "id"`,
    [made.id],
  );
  const partitionId = Number(rows[0]?.id);
  const context = async (client: pg.PoolClient): Promise<UndoTask> => ({
    client,
    tenantId: job.tenantId,
    sourceId: job.sourceId,
    jobNumber: made.number,
    undoneNumber: redoOf?.jobNumber ?? job.jobNumber,
    importNumber: job.jobNumber,
    targetOrdinal: 0,
    spec: job.spec,
    writtenFields: job.writtenFields,
    identifierField: options.identifierField ?? job.identifierField,
    options: rollback,
    redo: redoOf !== null,
    targets: [job.spec, ...(options.targets ?? [])],
  });
  const claim = (): Promise<PartitionClaim> => claimPartition(pool, partitionId);
  const chunk: TestUndo['chunk'] = async (limit = 1_000, given = {}) => {
    const held = given.claim ?? (await claim());
    const reached = held.position === null ? null : Number(held.position.key[0]);
    const range =
      redoOf === null
        ? { after: 0, upTo: reached === null ? 1_000_000 : reached - 1 }
        : { after: reached ?? 0, upTo: 1_000_000 };
    const client = given.client ?? (await pool.connect());
    let broken = true;
    try {
      const undone = await commitUndo(await context(client), held, {
        ...range,
        limit,
        careful: given.careful ?? false,
      });
      broken = false;
      return undone;
    } finally {
      if (given.client === undefined) client.release(broken);
    }
  };
  return {
    jobId: made.id,
    jobNumber: made.number,
    claim,
    chunk,
    async run(limit = 1_000) {
      const sum: Record<UndoOutcome, number> = { ...NO_UNDOS };
      for (;;) {
        const { outcomes, last } = await chunk(limit);
        for (const outcome of Object.keys(sum) as UndoOutcome[]) sum[outcome] += outcomes[outcome];
        if (last) return sum;
      }
    },
    async entries() {
      const { rows: found } = await pool.query<UndoRow>(
        `select "row_number"::int as "row", "target_id" as "target", "outcome", "effect",
           "superseded_by"::int as "superseded_by", "reason"
         from "import_undos" where "job_number" = $1 order by "target_ordinal", "row_number"`,
        [made.number],
      );
      return found;
    },
  };
}
