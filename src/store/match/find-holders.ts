import type { PoolClient } from 'pg';
import { KeyHolders } from '../../rows/match-holders.ts';
import { MANY } from '../../rows/match/candidate-rule.ts';
import type { KeyBlocks } from '../../rows/match/key-blocks.ts';
import { asUuid } from '../../rows/row-key.ts';
import { BY_INDEX } from './pairs.ts';
import { readCopy } from './read-copy.ts';

/** To look for one key takes as long as to read the keys of so many records. */
const RECORDS_A_KEY = 2.5;
const KEYS_AT_ONCE = 50_000;

/**
 * Finds out which records of an index have keys of blocks that are asked for: where these are many for the records, by
 * reading the keys of all records, or else by looking for each key. The answer is the same but for the order.
 */
export async function findHolders(
  client: PoolClient,
  index: { readonly id: number; readonly records: number },
  blocks: KeyBlocks,
  isAsked: (block: number) => boolean,
): Promise<KeyHolders> {
  const holders = new KeyHolders(blocks);
  const asked = Float64Array.from(
    { length: blocks.blocks },
    (_, block) => (isAsked(block) ? blocks.keyOf(block) : NOT_ASKED),
  ).filter((key) => key !== NOT_ASKED);
  if (asked.length === 0) return holders;
  if (index.records <= RECORDS_A_KEY * asked.length) await readAll(client, index.id, blocks, holders);
  // In their order, in which they lie in the index.
  else await lookUp(client, index.id, asked.sort(), blocks, holders);
  return holders;
}

const NOT_ASKED = -1;
const UUID = 16;
/** Length, dimensions, flags and type of an array, and length and lower bound of its one dimension. */
const ARRAY_HEADER = 24;

async function readAll(client: PoolClient, indexId: number, blocks: KeyBlocks, holders: KeyHolders): Promise<void> {
  await readCopy(
    client,
    `select "record_id", "keys" from "import_match_records" where "index_id" = ${indexId}`,
    (bytes, at) => {
      const array = at + 4 + UUID;
      let record = -1;
      const end = array + 4 + bytes.readInt32BE(array);
      for (let key = array + ARRAY_HEADER; key < end; key += 12) {
        const block = blocks.find(bytes.readInt32BE(key + 4) * 4_294_967_296 + bytes.readUInt32BE(key + 8));
        if (block < 0) continue;
        if (record < 0) record = holders.number(uuidAt(bytes, at + 4));
        holders.add(block, record);
      }
    },
  );
}

async function lookUp(
  client: PoolClient,
  indexId: number,
  keys: Float64Array,
  blocks: KeyBlocks,
  holders: KeyHolders,
): Promise<void> {
  const numbers = new Map<string, number>();
  await client.query(BY_INDEX.join('; '));
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    await readCopy(
      client,
      `select "u"."at"::int, "k"."record_id"
       from unnest('{${keys.subarray(from, from + KEYS_AT_ONCE).join(',')}}'::bigint[]) with ordinality as "u" ("key", "at")
       cross join lateral (
         select "record_id" from "import_match_keys" where "index_id" = ${indexId} and "key" = "u"."key" limit ${MANY + 1}
       ) as "k"`,
      (bytes, at) => {
        const id = bytes.toString('latin1', at + 12, at + 12 + UUID);
        let record = numbers.get(id);
        if (record === undefined) numbers.set(id, (record = holders.number(uuidAt(bytes, at + 12))));
        holders.add(blocks.find(keys[from + bytes.readInt32BE(at + 4) - 1] ?? -1), record);
      },
    );
  }
}

function uuidAt(bytes: Buffer, at: number): string {
  return asUuid(bytes.toString('hex', at, at + UUID));
}
