import type { PoolClient } from 'pg';
import type { Unit } from '../../rows/match-units.ts';
import { packRow, unpackRow } from '../../rows/packed-row.ts';
import { asUuid } from '../../rows/row-key.ts';
import { WHOLE_TABLES } from './links.ts';
import type { MatchClaim } from './match-step.ts';
import { packKeys, unpackKeys } from './packed-keys.ts';
import { readCopy } from './read-copy.ts';

/** Makes units of rows, with their keys; those that are there already stay. */
export async function writeUnits(client: PoolClient, claim: MatchClaim, units: readonly Unit[]): Promise<void> {
  const { jobNumber, targetOrdinal } = claim;
  await client.query(
    `update "import_match_rows" as "r" set "node" = "u"."node"
     from unnest($3::uuid[], $4::uuid[]) as "u" ("row_key", "node")
     where "r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."row_key" = "u"."row_key"`,
    [jobNumber, targetOrdinal, units.map((unit) => unit.rowKey), units.map((unit) => unit.node)],
  );
  await client.query(
    `insert into "import_match_units" ("job_number", "target_ordinal", "node", "digest", "content", "pinned", "self_bits", "keys")
     select $1, $2, "u".*
     from unnest($3::uuid[], $4::uuid[], $5::bytea[], $6::boolean[], $7::double precision[], $8::bytea[])
       as "u" ("node", "digest", "content", "pinned", "self_bits", "keys")
     on conflict do nothing`,
    [
      jobNumber,
      targetOrdinal,
      units.map((unit) => unit.node),
      units.map((unit) => unit.digest),
      units.map((unit) => packRow(unit.values)),
      units.map((unit) => unit.pinned),
      units.map((unit) => unit.selfBits),
      units.map((unit) => packKeys(unit.keys)),
    ],
  );
}

/** Rows of one identity that say different things are one thing still. */
export async function linkIdentities(client: PoolClient, claim: MatchClaim, bits: number): Promise<void> {
  await client.query(WHOLE_TABLES);
  await client.query(
    `insert into "import_match_links" ("job_number", "target_ordinal", "a", "b", "bits", "a_unit", "b_unit")
     select distinct $1::bigint, $2::smallint, "before", "node", $3::double precision, 0, 0
     from (
       select "node", lag("node") over (partition by "identity" order by "node") as "before"
       from (
         select distinct "identity", "node" from "import_match_rows"
         where "job_number" = $1 and "target_ordinal" = $2 and "record_id" is null
       ) as "versions"
     ) as "pairs" where "before" is not null
     on conflict do nothing`,
    [claim.jobNumber, claim.targetOrdinal, bits],
  );
}

/** Rows that say the same are linked to themselves: that is why they are one thing. */
export async function linkTwins(client: PoolClient, claim: MatchClaim, bits: number): Promise<void> {
  await client.query(WHOLE_TABLES);
  await client.query(
    `insert into "import_match_links" ("job_number", "target_ordinal", "a", "b", "bits", "a_unit", "b_unit")
     select distinct on ("node") $1::bigint, $2::smallint, "node", "node", "u"."self_bits", "u"."number", "u"."number"
     from (
       select "node" from "import_match_rows" where "job_number" = $1 and "target_ordinal" = $2 and "record_id" is null
       group by "node" having count(*) > 1
     ) as "twins" join "import_match_units" as "u" using ("node")
     where "u"."job_number" = $1 and "u"."target_ordinal" = $2 and "u"."self_bits" >= $3
     order by "node", "u"."number" on conflict do nothing`,
    [claim.jobNumber, claim.targetOrdinal, bits],
  );
}

/** What is stored of a unit: its compared values among it. */
export type StoredUnit = Pick<Unit, 'node' | 'pinned' | 'values'>;

/** Units by their numbers. */
export async function unitsOf(
  client: PoolClient,
  claim: MatchClaim,
  numbers: readonly number[],
): Promise<Map<number, StoredUnit>> {
  const { rows } = await client.query<[string, string, Buffer, boolean]>({
    rowMode: 'array',
    text: `select "number", "node", "content", "pinned" from "import_match_units"
      where "job_number" = $1 and "target_ordinal" = $2 and "number" = any($3::bigint[])`,
    values: [claim.jobNumber, claim.targetOrdinal, numbers],
  });
  return new Map(
    rows.map(([number, node, content, pinned]) => [Number(number), { node, values: unpackRow(content), pinned }]),
  );
}

/** The next units after a number, so many or of so many bytes at the most, in the order of their numbers. */
export async function nextUnits(
  client: PoolClient,
  { jobNumber, targetOrdinal }: MatchClaim,
  after: number,
  most: { readonly units: number; readonly bytes: number },
): Promise<(StoredUnit & Pick<Unit, 'keys'> & { readonly number: number })[]> {
  const units: Awaited<ReturnType<typeof nextUnits>> = [];
  await readCopy(
    client,
    `select "number", "node", "pinned", "content", "keys" from (
       select *, sum(length("content")) over (order by "number") - length("content") as "before" from (
         select "number", "node", "pinned", "content", "keys" from "import_match_units"
         where "job_number" = ${jobNumber} and "target_ordinal" = ${targetOrdinal} and "number" > ${after}
         order by "number" limit ${most.units}
       ) as "next"
     ) as "units" where "before" < ${most.bytes} order by "number"`,
    (bytes, at, end) => {
      const node = at + 4 + 8 + 4;
      const pinned = node + 16 + 4;
      const content = pinned + 1 + 4;
      const keys = content + bytes.readInt32BE(content - 4);
      units.push({
        number: Number(bytes.readBigInt64BE(at + 4)),
        node: asUuid(bytes.toString('hex', node, node + 16)),
        pinned: bytes[pinned] === 1,
        values: unpackRow(bytes, content, keys),
        keys: unpackKeys(bytes, keys + 4, end),
      });
    },
  );
  return units;
}
