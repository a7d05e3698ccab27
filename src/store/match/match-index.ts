import type { PoolClient } from 'pg';
import { PLAN_VERSION } from '../../rows/match/model.ts';
import type { MatchModel } from '../../rows/match/model.ts';
import { copyInto } from '../commit/copy.ts';
import { writeUuid } from '../commit/binary-values.ts';
import type { MatchClaim } from './match-step.ts';
import { contentHashSql, contentSql } from './target-content.ts';
import { recordsSql } from '../records-sql.ts';
import type { MatchTarget } from './target-content.ts';
import { createHash } from 'node:crypto';
import { writeBigints } from './binary-bigints.ts';

/** Keys of a target's records, by the plan of one model. */
export interface MatchIndex {
  readonly id: number;
  readonly model: MatchModel;
}

/** What keys of two targets have to have in common to be of one index. */
function shapeOf({ spec, fields }: MatchTarget): string {
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

/** How much a target may grow before its keys are learned anew. */
const MAX_GROWTH = 2;

/** The newest index of a target that still fits its size, or null. */
export async function findIndex(client: PoolClient, target: MatchTarget, records: number): Promise<MatchIndex | null> {
  const { rows } = await client.query<{ id: number; model: MatchModel; learned_records: string }>(
    `select "id", "model", "learned_records" from "import_match_indexes"
     where "tenant_id" = $1 and "target_type" = $2 and "shape" = $3 order by "id" desc limit 1`,
    [target.tenantId, target.spec.type, shapeOf(target)],
  );
  const [found] = rows;
  if (!found || records > MAX_GROWTH * Number(found.learned_records)) return null;
  return { id: found.id, model: found.model };
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

/** Class of the advisory locks under which an index is made or written. */
const INDEX_LOCK_CLASS = 7_003;

/** Lists the records whose keys are missing or no longer theirs: whoever wrote, edited or removed them, and how. */
export async function listStaleRecords(
  client: PoolClient,
  claim: MatchClaim,
  target: MatchTarget,
  indexId: number,
): Promise<void> {
  const { jobNumber, targetOrdinal } = claim;
  const { from, id, mine } = recordsSql(target.spec);
  await client.query(`delete from "import_match_worklist" where "job_number" = $1 and "target_ordinal" = $2`, [
    jobNumber,
    targetOrdinal,
  ]);
  await client.query(
    `insert into "import_match_worklist" ("job_number", "target_ordinal", "record_id")
     select $1, $2, coalesce("c"."id", "r"."record_id")
     from (select ${id} as "id", ${contentHashSql(target, 't')} as "hash" from ${from} where ${mine('$3')}) as "c"
     full join (select "record_id", "content_hash" from "import_match_records" where "index_id" = $4) as "r"
       on "r"."record_id" = "c"."id"
     where "c"."hash" is distinct from "r"."content_hash"`,
    [jobNumber, targetOrdinal, target.tenantId, indexId],
  );
}

/** A record whose keys are to be made; `content` is null when it is gone. */
export interface StaleRecord {
  readonly id: string;
  readonly hash: string | null;
  readonly content: readonly (string | null)[] | null;
}

/**
 * The next records of the worklist whose keys still are not right, and where the next ones begin; null at its end. Holds
 * the index against others until the transaction ends.
 */
export async function nextStaleRecords(
  client: PoolClient,
  claim: MatchClaim,
  target: MatchTarget,
  indexId: number,
  after: number,
  limit: number,
): Promise<{ readonly records: StaleRecord[]; readonly after: number } | null> {
  await client.query(`select pg_advisory_xact_lock(${INDEX_LOCK_CLASS}, $1)`, [indexId]);
  const { from, id, mine } = recordsSql(target.spec);
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `
      select "w"."number", "w"."record_id", "t"."hash", "r"."content_hash", ${target.fields.map((_, at) => `"t"."v${at}"`).join(', ')}
      from (select "number", "record_id" from "import_match_worklist"
        where "job_number" = $1 and "target_ordinal" = $2 and "number" > $5 order by "number" limit $6) as "w"
      left join lateral (
        select ${contentHashSql(target, 't')} as "hash", ${contentColumns(target)}
        from ${from} where ${id} = "w"."record_id" and ${mine('$3')} offset 0
      ) as "t" on true
      left join "import_match_records" as "r" on "r"."index_id" = $4 and "r"."record_id" = "w"."record_id"
      order by "w"."number"`,
    values: [claim.jobNumber, claim.targetOrdinal, target.tenantId, indexId, after, limit],
  });
  const last = rows.at(-1);
  if (!last) return null;
  const records = rows.flatMap(([, recordId, hash, known, ...content]) =>
    hash === known ? [] : [{ id: String(recordId), hash: hash ?? null, content: hash === null ? null : content }],
  );
  return { records, after: Number(last[0]) };
}

/** Under numbers: two fields may have columns of any name. */
function contentColumns(target: MatchTarget): string {
  return target.fields.map((one, at) => `${contentSql({ ...target, fields: [one] }, 't')} as "v${at}"`).join(', ');
}

/** A record's keys, or null for one that is gone. */
export interface KeyedRecord extends StaleRecord {
  readonly keys: readonly number[] | null;
}

/** Replaces the keys of records. */
export async function writeRecordKeys(
  client: PoolClient,
  indexId: number,
  records: readonly KeyedRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const ids = records.map(({ id }) => id);
  await client.query(
    `with "old" as (
       delete from "import_match_records" where "index_id" = $1 and "record_id" = any($2::uuid[]) returning *
     )
     delete from "import_match_keys" as "k" using (select "record_id", unnest("keys") as "key" from "old") as "o"
     where "k"."index_id" = $1 and "k"."key" = "o"."key" and "k"."record_id" = "o"."record_id"`,
    [indexId, ids],
  );
  const there = records.flatMap(({ id, hash, keys }) => (keys === null || hash === null ? [] : [{ id, hash, keys }]));
  await copyInto(
    client,
    { into: `"import_match_records" ("index_id", "record_id", "content_hash", "keys")`, columns: 4 },
    there,
    ({ id, hash, keys }, writer) => {
      writer.int32(4).int32(indexId);
      writeUuid(writer, id);
      writer.int32(8).bigint64(BigInt(hash));
      writeBigints(writer, keys);
    },
  );
  const keys = there.flatMap(({ id, keys: own }) => own.map((key) => ({ id, key })));
  await copyInto(
    client,
    { into: `"import_match_keys" ("index_id", "key", "record_id")`, columns: 3 },
    keys.sort((a, b) => a.key - b.key),
    ({ id, key }, writer) => {
      writer.int32(4).int32(indexId).int32(8).int64(key);
      writeUuid(writer, id);
    },
  );
}
