import type { PoolClient } from 'pg';
import type { StagedRow } from '../../rows/match-units.ts';
import { packRow, unpackRow } from '../../rows/packed-row.ts';
import type { MatchClaim } from './match-step.ts';

/** Takes rows in; a row that is the same as an earlier one stays where that is. */
export async function stageRows(client: PoolClient, claim: MatchClaim, rows: readonly StagedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into "import_match_rows"
       ("job_number", "target_ordinal", "row_key", "identity", "record_id", "place", "content")
     select $1, $2, * from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bytea[]) on conflict do nothing`,
    [
      claim.jobNumber,
      claim.targetOrdinal,
      rows.map((row) => row.rowKey),
      rows.map((row) => row.identity),
      rows.map((row) => row.recordId),
      rows.map((row) => row.place),
      rows.map((row) => packRow(row.values)),
    ],
  );
}

/** Rows in the order of their keys, which is that of a hash: none of where they came from. */
export async function nextStagedRows(
  client: PoolClient,
  claim: MatchClaim,
  after: string | null,
  limit: number,
): Promise<Omit<StagedRow, 'place'>[]> {
  const { rows } = await client.query<[string, string, string | null, Buffer]>({
    rowMode: 'array',
    text: `select "row_key", "identity", "record_id", "content" from "import_match_rows"
      where "job_number" = $1 and "target_ordinal" = $2 and ($3::uuid is null or "row_key" > $3::uuid)
      order by "row_key" limit $4`,
    values: [claim.jobNumber, claim.targetOrdinal, after, limit],
  });
  return rows.map(([rowKey, identity, recordId, content]) => ({
    rowKey,
    identity,
    recordId,
    values: unpackRow(content),
  }));
}

/** Compared values of at most so many rows, the same ones whatever order they came in, and how many there are. */
export async function sampleStagedRows(
  client: PoolClient,
  claim: MatchClaim,
  most: number,
): Promise<{ readonly rows: readonly (readonly (string | null)[])[]; readonly total: number }> {
  const rows = await nextStagedRows(client, claim, null, most);
  const counted = await client.query<{ total: string }>(
    `select count(*) as "total" from "import_match_rows" where "job_number" = $1 and "target_ordinal" = $2`,
    [claim.jobNumber, claim.targetOrdinal],
  );
  return { rows: rows.map(({ values }) => values), total: Number(counted.rows[0]?.total) };
}
