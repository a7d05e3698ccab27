import type { PoolClient } from 'pg';
import { writeUuid } from '../commit/binary-values.ts';
import { copyInto } from '../commit/copy.ts';
import type { RunSql } from '../own/links.ts';
import { packKeys, writeKeys } from './packed-keys.ts';

/** A record with the keys of what it says. */
export interface KeyedContent {
  readonly id: string;
  /** Of what it says: see `contentHashSql`. */
  readonly hash: string;
  readonly keys: readonly number[];
}

/** A key of a record that can be looked up, or could. */
export interface AddedKey {
  readonly id: string;
  readonly key: number;
}

/** An array as PostgreSQL reads it, of values that need no quotes. */
export const arrayOf = (values: readonly (string | number)[]): string => `{${values.join(',')}}`;

/** Takes keys of records away from where each can be looked up. */
export async function removeKeys(run: RunSql, indexId: number, gone: readonly AddedKey[]): Promise<void> {
  if (gone.length === 0) return;
  for (const setting of BY_INDEX) await run(setting, []);
  await run(
    `delete from "import_match_keys" as "k" using unnest($1::bigint[], $2::uuid[]) as "o" ("key", "record_id")
     where "k"."index_id" = $3::integer and "k"."key" = "o"."key" and "k"."record_id" = "o"."record_id"`,
    [arrayOf(gone.map(({ key }) => key)), arrayOf(gone.map(({ id }) => id)), indexId],
  );
}

/** Writes the keys of many records, and, of some, each where it can be looked up. */
export async function copyKeys(
  client: PoolClient,
  indexId: number,
  records: readonly KeyedContent[],
  keys: readonly AddedKey[],
): Promise<void> {
  await copyInto(
    client,
    { into: `"import_match_records" ("index_id", "record_id", "content_hash", "keys")`, columns: 4 },
    records,
    ({ id, hash, keys: own }, writer) => {
      writer.int32(4).int32(indexId);
      writeUuid(writer, id);
      writer.int32(8).bigint64(BigInt(hash));
      writeKeys(writer, own);
    },
  );
  if (keys.length === 0) return;
  await copyInto(
    client,
    { into: `"import_match_keys" ("index_id", "key", "record_id")`, columns: 3 },
    keys,
    ({ id, key }, writer) => {
      writer.int32(4).int32(indexId).int32(8).int64(key);
      writeUuid(writer, id);
    },
  );
}

/** The same of few records, on any session. */
export async function insertKeys(
  run: RunSql,
  indexId: number,
  records: readonly KeyedContent[],
  keys: readonly AddedKey[],
): Promise<void> {
  for (const { id, hash, keys: own } of records) {
    await run(
      `insert into "import_match_records" ("index_id", "record_id", "content_hash", "keys")
       values ($1::integer, $2::uuid, $3::bigint, decode($4::text, 'hex'))`,
      [indexId, id, hash, packKeys(own).toString('hex')],
    );
  }
  if (keys.length === 0) return;
  await run(
    `insert into "import_match_keys" ("index_id", "key", "record_id")
     select $1::integer, "o".* from unnest($2::bigint[], $3::uuid[]) as "o"`,
    [indexId, arrayOf(keys.map(({ key }) => key)), arrayOf(keys.map(({ id }) => id))],
  );
}

/** Keys are found by their index even where the planner, without statistics yet, takes their table for small. */
export const BY_INDEX = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map(
  (way) => `set local enable_${way} = off`,
);
