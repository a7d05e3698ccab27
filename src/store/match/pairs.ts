import type { PoolClient } from 'pg';
import type { CandidatePair } from '../../rows/match-pairs.ts';
import { FEW, MANY } from '../../rows/match/candidate-rule.ts';
import { runOn } from '../own/links.ts';
import { recordsSql } from '../records-sql.ts';
import type { MatchClaim } from './match-step.ts';
import { ALL_RECORDS, lookedUpTo } from './record-keys.ts';
import { contentSql } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

/** Keys are whole numbers below this. */
export const KEY_SPACE = 2 ** 53;

export const NO_RECORD = '00000000-0000-0000-0000-000000000000';

export async function countUnitKeys(client: PoolClient, claim: MatchClaim): Promise<number> {
  const { rows } = await client.query<{ keys: string }>(
    `select count(*) as "keys" from "import_match_unit_keys" where "job_number" = $1 and "target_ordinal" = $2`,
    [claim.jobNumber, claim.targetOrdinal],
  );
  return Number(rows[0]?.keys);
}

/** Keys of a range: from `from` up to, not including, `upTo`. */
export interface KeyRange {
  readonly from: number;
  readonly upTo: number;
}

/**
 * Pairs what shares keys of a range: units with each other and with the records of an index. Those that are known as a
 * record are not paired with others. What pairs share in several ranges adds up.
 */
export async function pairByKeys(
  client: PoolClient,
  claim: MatchClaim,
  indexId: number | null,
  { from, upTo }: KeyRange,
): Promise<void> {
  const { jobNumber, targetOrdinal } = claim;
  const isWhole = from === 0 && upTo === KEY_SPACE;
  const into = `insert into "import_match_pairs" as "p"
    ("job_number", "target_ordinal", "unit", "other_unit", "record_id", "shared", "rare")`;
  // With all keys at hand it is known already which pairs are worth it.
  const worth = isWhole ? `having count(*) > 1 or bool_or("size" <= ${FEW})` : '';
  const addUp = `on conflict ("job_number", "target_ordinal", "unit", "other_unit", "record_id")
    do update set "shared" = "p"."shared" + excluded."shared", "rare" = "p"."rare" or excluded."rare"`;
  await client.query(
    `create temporary table "match_blocks" on commit drop as
     select "key", count(*) as "size", array_agg("unit") as "units",
       array_agg("unit") filter (where not "pinned") as "free"
     from "import_match_unit_keys"
     where "job_number" = ${jobNumber} and "target_ordinal" = ${targetOrdinal} and "key" >= ${from} and "key" < ${upTo}
     group by "key" having count(*) <= ${MANY}`,
  );
  await client.query(
    `${into} select $1, $2, least("u", "f"), greatest("u", "f"), $3, count(*), bool_or("size" <= ${FEW})
     from "match_blocks" cross join unnest("free") as "f" cross join unnest("units") as "u"
     where "size" > 1 and ("f" < "u" or not "u" = any("free"))
     group by 3, 4 ${worth} ${addUp}`,
    [jobNumber, targetOrdinal, NO_RECORD],
  );
  if (indexId === null) return;
  await client.query(`analyze "match_blocks"`);
  const keys =
    (await lookedUpTo(runOn(client), indexId)) === ALL_RECORDS
      ? `select "key", "record_id" from "import_match_keys" where "index_id" = $3`
      : `select unnest("keys") as "key", "record_id" from "import_match_records" where "index_id" = $3`;
  await client.query(
    `${into} select $1, $2, "f", 0, "record", count(*), bool_or("size" <= ${FEW})
     from (
       select any_value("b"."free") as "free", array_agg("k"."record_id") as "records", count(*) as "size"
       from "match_blocks" as "b" join (${keys}) as "k" on "k"."key" = "b"."key"
       where "b"."free" is not null
       group by "b"."key" having count(*) <= ${MANY}
     ) as "blocks" cross join unnest("free") as "f" cross join unnest("records") as "record"
     group by "f", "record" ${worth} ${addUp}`,
    [jobNumber, targetOrdinal, indexId],
  );
}

/** The next pairs that are worth to be judged, in their order: see `candidate-rule.ts`. */
export async function nextPairs(
  client: PoolClient,
  claim: MatchClaim,
  after: CandidatePair | null,
  limit: number,
): Promise<CandidatePair[]> {
  const { rows } = await client.query<[string, string, string]>({
    rowMode: 'array',
    text: `select "unit", "other_unit", "record_id" from "import_match_pairs"
      where "job_number" = $1 and "target_ordinal" = $2 and ("unit", "other_unit", "record_id") > ($3, $4, $5::uuid)
        and ("rare" or "shared" > 1)
      order by "unit", "other_unit", "record_id" limit $6`,
    values: [
      claim.jobNumber,
      claim.targetOrdinal,
      after?.unit ?? 0,
      after?.otherUnit ?? 0,
      after?.recordId ?? NO_RECORD,
      limit,
    ],
  });
  return rows.map(([unit, otherUnit, recordId]) => ({ unit: Number(unit), otherUnit: Number(otherUnit), recordId }));
}

/** The compared values of records that are there, by their ids. */
export async function recordContents(
  client: PoolClient,
  target: MatchTarget,
  ids: readonly string[],
): Promise<Map<string, (string | null)[]>> {
  const { from, id, found } = recordsSql(target.spec);
  const { rows } = await client.query<(string | null)[]>({
    rowMode: 'array',
    text: `select ${id}, ${contentSql(target, 't')} from ${from} where ${found('$1')} and ${id} = any($2::uuid[])`,
    values: [target.tenantId, ids],
  });
  return new Map(rows.map(([recordId, ...content]) => [String(recordId), content]));
}
