import type { PoolClient } from 'pg';
import { runOn } from '../own/links.ts';
import { RECORDS_A_KEY } from './find-holders.ts';
import type { AskedKeys, KeyedRecords } from './find-holders.ts';
import { KEY_BYTES } from './packed-keys.ts';
import { ALL_RECORDS, holdIndex, lookedUpTo } from './record-keys.ts';

/** To make keys ready to be looked up, and keep them so, has its price: so many more records there have to be. */
const TIMES_MORE = 4;

/** Whether the keys of an index have to be made ready to be looked up, for so many of them: see `extendLookUp`. */
export async function wantsLookUp(client: PoolClient, index: KeyedRecords, asked: AskedKeys): Promise<boolean> {
  if (asked.length === 0 || index.records <= TIMES_MORE * RECORDS_A_KEY * asked.length) return false;
  return (await lookedUpTo(runOn(client), index.id)) !== ALL_RECORDS;
}

const NO_RECORD = '00000000-0000-0000-0000-000000000000';

/** Records whose keys are made ready in one step: half a second, as a pause waits for it. */
const RECORDS_AT_ONCE = 10_000;

/**
 * Makes the keys of the next records of an index ready to be looked up one by one; from then on they are kept so. Several
 * jobs may do that at once. False when there are none left.
 */
export async function extendLookUp(client: PoolClient, indexId: number, most = RECORDS_AT_ONCE): Promise<boolean> {
  const after = await holdIndex(runOn(client), indexId);
  if (after === ALL_RECORDS) return false;
  const { rows } = await client.query<{ records: string; last: string }>(
    `with "some" as materialized (
       select "record_id", "keys" from "import_match_records" where "index_id" = $1 and "record_id" > $2
       order by "record_id" limit $3
     ), "made" as (
       insert into "import_match_keys" ("index_id", "key", "record_id")
       select $1, substr("keys", "at", ${KEY_BYTES})::bigint as "key", "record_id"
       from "some" cross join lateral generate_series(1, length("keys"), ${KEY_BYTES}) as "at" order by "key"
     )
     select count(*) over () as "records", "record_id"::text as "last" from "some" order by "record_id" desc limit 1`,
    [indexId, after || NO_RECORD, most],
  );
  const [made] = rows;
  const last = made && Number(made.records) === most ? made.last : ALL_RECORDS;
  await client.query(`update "import_match_indexes" set "looked_up_to" = $2 where "id" = $1`, [indexId, last]);
  return last !== ALL_RECORDS;
}
