import type { PoolClient } from 'pg';
import { PLAN_VERSION } from '../../rows/match/model.ts';
import type { MatchModel } from '../../rows/match/model.ts';
import { contentHashSql, contentSql } from './target-content.ts';
import { recordsSql } from '../records-sql.ts';
import type { MatchTarget } from './target-content.ts';
import { createHash } from 'node:crypto';

/** Keys of a target's records, by the plan of one model. */
export interface MatchIndex {
  readonly id: number;
  readonly model: MatchModel;
  /** Another one when the index has been changed. */
  readonly version: string;
}

/** What keys of two targets have to have in common to be of one index. */
export function shapeOf({ spec, fields }: MatchTarget): string {
  const shape = fields.map(({ field }) => [field.name, field.column, field.type]);
  return createHash('sha256')
    .update(JSON.stringify([PLAN_VERSION, spec.schema, spec.table, shape]))
    .digest('hex')
    .slice(0, 32);
}

/** Records a target holds of a tenant. */
export async function countRecords(client: PoolClient, target: MatchTarget): Promise<number> {
  const { from, mine } = recordsSql(target.spec);
  const { rows } = await client.query<{ records: string }>(
    `select count(*) as "records" from ${from} where ${mine('$1')}`,
    [target.tenantId],
  );
  return Number(rows[0]?.records);
}

/** Compared values of at most so many records, chosen by their hash: the same ones, whatever order they lie in. */
export async function sampleRecords(
  client: PoolClient,
  target: MatchTarget,
  most: number,
): Promise<(string | null)[][]> {
  const { from, mine } = recordsSql(target.spec);
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `select ${contentSql(target, 't')} from ${from} where ${mine('$1')}
      order by ${contentHashSql(target, 't')} limit $2`,
    values: [target.tenantId, most],
  });
  return rows;
}

/** Class of the advisory locks under which an index is made or written. */
export const INDEX_LOCK_CLASS = 7_003;

/** How much a target may grow before its keys are learned anew. */
const MAX_GROWTH = 2;

/** The newest index of a target that still fits its size, or null. */
export async function findIndex(client: PoolClient, target: MatchTarget, records: number): Promise<MatchIndex | null> {
  const { rows } = await client.query<{ id: number; model: MatchModel; version: string; learned_records: string }>(
    `select "id", "model", "xmin"::text as "version", "learned_records" from "import_match_indexes"
     where "tenant_id" = $1 and "target_type" = $2 and "shape" = $3 order by "id" desc limit 1`,
    [target.tenantId, target.spec.type, shapeOf(target)],
  );
  const [found] = rows;
  if (!found || records > MAX_GROWTH * Number(found.learned_records)) return null;
  return { id: found.id, model: found.model, version: found.version };
}

/** Keeps better weights for the jobs to come: the keys, which are of its plan, stay what they are. */
export async function improveIndex(client: PoolClient, indexId: number, model: MatchModel): Promise<void> {
  await client.query(`update "import_match_indexes" set "model" = $2 where "id" = $1`, [
    indexId,
    JSON.stringify(model),
  ]);
}

/** Makes an index, empty yet, and returns its id; null when another job has made one meanwhile. */
export async function createIndex(
  client: PoolClient,
  target: MatchTarget,
  model: MatchModel,
  records: number,
): Promise<number | null> {
  const shape = shapeOf(target);
  await client.query(`select pg_advisory_xact_lock(${INDEX_LOCK_CLASS}, hashtext($1))`, [
    `${target.tenantId} ${target.spec.type} ${shape}`,
  ]);
  if (await findIndex(client, target, records)) return null;
  const { rows } = await client.query<{ id: number }>(
    `insert into "import_match_indexes" ("tenant_id", "target_type", "shape", "model", "learned_records")
     values ($1, $2, $3, $4, $5) returning "id"`,
    [target.tenantId, target.spec.type, shape, JSON.stringify(model), records],
  );
  return rows[0]?.id ?? null;
}
