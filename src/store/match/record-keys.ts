import type { PoolClient } from 'pg';
import type { Keyer } from '../../rows/match/keyer.ts';
import { writeUuid } from '../commit/binary-values.ts';
import { copyInto } from '../commit/copy.ts';
import { recordsSql } from '../records-sql.ts';
import { writeBigints } from './binary-bigints.ts';
import { INDEX_LOCK_CLASS } from './match-index.ts';
import { BY_INDEX } from './pairs.ts';
import { contentHashSql, contentSql } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

/**
 * Makes the keys of records what the records say now, and takes those of records that are gone away: whoever wrote,
 * edited or removed them. Nobody else writes keys of the index until the transaction ends; so this is best done last in
 * a transaction that has others waiting.
 */
export async function keepKeys(
  client: PoolClient,
  target: MatchTarget,
  indexId: number,
  keyer: Keyer,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await client.query(`select pg_advisory_xact_lock(${INDEX_LOCK_CLASS}, $1)`, [indexId]);
  const changed = await changedRecords(client, target, indexId, ids);
  if (changed.length === 0) return;
  const records = changed.map(({ id, hash, content, known }) => {
    const keys = content === null ? [] : keyer.keys(keyer.prepare(content));
    return { id, hash, keys, known };
  });
  await removeKeys(client, indexId, records);
  await addKeys(
    client,
    indexId,
    records.filter(({ hash }) => hash !== null),
  );
}

/** A record whose keys may have changed; without content it is gone. */
interface ChangedRecord {
  readonly id: string;
  readonly hash: string | null;
  readonly content: readonly (string | null)[] | null;
  /** The keys it has in the index; null when it is not there. */
  readonly known: readonly number[] | null;
}

interface RekeyedRecord extends Omit<ChangedRecord, 'content'> {
  readonly keys: readonly number[];
}

async function changedRecords(
  client: PoolClient,
  target: MatchTarget,
  indexId: number,
  ids: readonly string[],
): Promise<ChangedRecord[]> {
  const { from, id, mine } = recordsSql(target.spec);
  const { rows } = await client.query<[string, string | null, string | null, ...(string | null)[]]>({
    rowMode: 'array',
    text: `
      select "w"."id"::text, "t"."hash"::text, case when "r"."record_id" is not null then "r"."keys"::text end,
        ${target.fields.map((_, at) => `"t"."v${at}"`).join(', ')}
      from unnest($3::uuid[]) as "w" ("id")
      left join lateral (
        select ${contentHashSql(target, 't')} as "hash", ${contentColumns(target)}
        from ${from} where ${id} = "w"."id" and ${mine('$1')} offset 0
      ) as "t" on true
      left join lateral (
        select * from "import_match_records" where "index_id" = $2 and "record_id" = "w"."id" offset 0
      ) as "r" on true
      where "t"."hash" is distinct from "r"."content_hash"`,
    values: [target.tenantId, indexId, ids],
  });
  return rows.map(([recordId, hash, known, ...content]) => ({
    id: recordId,
    hash,
    content: hash === null ? null : content,
    known: known === null ? null : known.slice(1, -1).split(',').filter(Boolean).map(Number),
  }));
}

/** Under numbers: two fields may have columns of any name. */
function contentColumns(target: MatchTarget): string {
  return target.fields.map((one, at) => `${contentSql({ ...target, fields: [one] }, 't')} as "v${at}"`).join(', ');
}

async function removeKeys(
  client: PoolClient,
  indexId: number,
  records: readonly RekeyedRecord[],
): Promise<void> {
  const there = records.filter(({ known }) => known !== null);
  if (there.length === 0) return;
  await client.query(`delete from "import_match_records" where "index_id" = $1 and "record_id" = any($2::uuid[])`, [
    indexId,
    there.map(({ id }) => id),
  ]);
  const gone = there.flatMap(({ id, keys, known }) => {
    const kept = new Set(keys);
    return (known ?? []).flatMap((key) => (kept.has(key) ? [] : [{ id, key }]));
  });
  if (gone.length === 0) return;
  await client.query(BY_INDEX);
  await client.query(
    `delete from "import_match_keys" as "k" using unnest($2::bigint[], $3::uuid[]) as "o" ("key", "record_id")
     where "k"."index_id" = $1 and "k"."key" = "o"."key" and "k"."record_id" = "o"."record_id"`,
    [indexId, `{${gone.map(({ key }) => key).join(',')}}`, `{${gone.map(({ id }) => id).join(',')}}`],
  );
}

async function addKeys(
  client: PoolClient,
  indexId: number,
  records: readonly RekeyedRecord[],
): Promise<void> {
  await copyInto(
    client,
    { into: `"import_match_records" ("index_id", "record_id", "content_hash", "keys")`, columns: 4 },
    records,
    ({ id, hash, keys }, writer) => {
      writer.int32(4).int32(indexId);
      writeUuid(writer, id);
      writer.int32(8).bigint64(BigInt(hash ?? 0));
      writeBigints(writer, keys);
    },
  );
  const added = records.flatMap(({ id, keys, known }) => {
    const kept = new Set(known);
    return keys.flatMap((key) => (kept.has(key) ? [] : [{ id, key }]));
  });
  await copyInto(
    client,
    { into: `"import_match_keys" ("index_id", "key", "record_id")`, columns: 3 },
    added.sort((a, b) => a.key - b.key),
    ({ id, key }, writer) => {
      writer.int32(4).int32(indexId).int32(8).int64(key);
      writeUuid(writer, id);
    },
  );
}
