import type { PoolClient } from 'pg';
import { isOwn } from '../../domain/target.ts';
import { recordsSql } from '../records-sql.ts';
import type { MatchClaim } from './match-step.ts';
import { contentHashSql } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

/** What a target holds, as one look at it says. */
export interface TargetLook {
  /** The oldest transaction that was not over: none before it changes anything any more. */
  readonly until: string;
  /** Whether records are missing in the index or no longer what they were. */
  readonly stale: boolean;
}

/** Transactions ids are compared by their last 32 bits: an index that is older than this is held against everything. */
const MOST_TRANSACTIONS = 1_000_000_000;

/**
 * Lists the records whose keys are missing or no longer theirs: whoever wrote, edited or removed them, and how. Where
 * PostgreSQL tells which rows have been written since the keys were right (`xmin`), only those are looked at; that
 * records are gone shows in their number.
 */
export async function listStaleRecords(
  client: PoolClient,
  claim: MatchClaim,
  target: MatchTarget,
  indexId: number,
): Promise<TargetLook> {
  const { jobNumber, targetOrdinal } = claim;
  const place = [jobNumber, targetOrdinal];
  const { from, id, mine, found } = recordsSql(target.spec);
  await client.query(`delete from "import_match_worklist" where "job_number" = $1 and "target_ordinal" = $2`, place);
  const { until, age } = await ageOf(client, target, indexId);
  const since = age === null ? '' : `and age("t"."xmin") <= ${age}`;
  const changed = await client.query(
    `insert into "import_match_worklist" ("job_number", "target_ordinal", "record_id")
     select $1, $2, "c"."id"
     from (select ${id} as "id", ${contentHashSql(target, 't')} as "hash" from ${from} where ${mine('$3')} ${since}) as "c"
     left join (select "record_id", "content_hash" from "import_match_records" where "index_id" = $4) as "r"
       on "r"."record_id" = "c"."id"
     where "c"."hash" is distinct from "r"."content_hash"`,
    [...place, target.tenantId, indexId],
  );
  const { rows } = await client.query<{ gone: string }>(
    `select (select count(*) from "import_match_records" where "index_id" = $4)
       + (select count(*) from "import_match_worklist" as "w" where "job_number" = $1 and "target_ordinal" = $2
           and not exists (select from "import_match_records" as "r"
             where "r"."index_id" = $4 and "r"."record_id" = "w"."record_id"))
       - (select count(*) from ${from} where ${mine('$3')}) as "gone"`,
    [...place, target.tenantId, indexId],
  );
  const someGone = Number(rows[0]?.gone) !== 0;
  if (someGone) {
    await client.query(
      `insert into "import_match_worklist" ("job_number", "target_ordinal", "record_id")
       select $1, $2, "r"."record_id" from "import_match_records" as "r"
       where "r"."index_id" = $4
         and not exists (select from ${from} where ${id} = "r"."record_id" and ${found('$3')})`,
      [...place, target.tenantId, indexId],
    );
  }
  return { until, stale: someGone || (changed.rowCount ?? 0) > 0 };
}

/** Since how many transactions records may have changed unseen; null where that is not known. */
async function ageOf(
  client: PoolClient,
  { spec }: MatchTarget,
  indexId: number,
): Promise<{ readonly until: string; readonly age: number | null }> {
  const { rows } = await client.query<{ until: string; age: string | null }>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as "until",
       (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint - "right_until"::text::bigint
        from "import_match_indexes" where "id" = $1) as "age"`,
    [indexId],
  );
  const until = rows[0]?.until ?? '0';
  const transactions = rows[0]?.age ?? null;
  if (transactions === null || isOwn(spec)) return { until, age: null };
  const age = Number(transactions);
  // A dump that was restored elsewhere counts anew.
  return { until, age: age >= 0 && age < MOST_TRANSACTIONS ? age : null };
}

/** From when on transactions may change what is read of a target from now on, while its index is not right yet; else null. */
export async function beginsIndex(client: PoolClient, indexId: number): Promise<string | null> {
  const { rows } = await client.query<{ until: string }>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as "until" from "import_match_indexes"
     where "id" = $1 and "right_until" is null`,
    [indexId],
  );
  return rows[0]?.until ?? null;
}

/** Ids of the worklist after a place in it, and where the next ones begin; null at its end. */
export async function nextStale(
  client: PoolClient,
  { jobNumber, targetOrdinal }: MatchClaim,
  after: number,
  limit: number,
): Promise<{ readonly ids: readonly string[]; readonly after: number } | null> {
  const { rows } = await client.query<[string, string]>({
    rowMode: 'array',
    text: `select "number", "record_id"::text from "import_match_worklist"
      where "job_number" = $1 and "target_ordinal" = $2 and "number" > $3 order by "number" limit $4`,
    values: [jobNumber, targetOrdinal, after, limit],
  });
  const last = rows.at(-1);
  return last ? { ids: rows.map(([, id]) => id), after: Number(last[0]) } : null;
}

/**
 * Writes down that the keys of an index are right but for what transactions from `until` on change, and from which one on
 * the pass has not seen what is keyed.
 */
export async function noteRight(
  client: PoolClient,
  { jobId, targetOrdinal }: MatchClaim,
  indexId: number,
  until: string,
): Promise<void> {
  await client.query(`update "import_match_indexes" set "right_until" = $2::text::xid8 where "id" = $1`, [
    indexId,
    until,
  ]);
  await client.query(
    `update "import_matchings" set "looked_until" = pg_snapshot_xmin(pg_current_snapshot())
     where "job_id" = $1 and "target_ordinal" = $2`,
    [jobId, targetOrdinal],
  );
}
