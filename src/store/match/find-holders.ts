import type { PoolClient } from 'pg';
import { KeyHolders } from '../../rows/match-holders.ts';
import { MANY } from '../../rows/match/candidate-rule.ts';
import type { KeyBlocks } from '../../rows/match/key-blocks.ts';
import { asUuid } from '../../rows/row-key.ts';
import { runOn } from '../own/links.ts';
import { ALL_RECORDS, lookedUpTo } from './record-keys.ts';
import { BY_INDEX } from './stored-keys.ts';
import type { MatchClaim } from './match-step.ts';
import { KEY_BYTES, keyAt } from './packed-keys.ts';
import { readCopy } from './read-copy.ts';

/** To look for one key takes as long as to read the keys of so many records. */
export const RECORDS_A_KEY = 2.5;
const KEYS_AT_ONCE = 50_000;

/** Keys of the rows that come in which are to be looked for, each once. */
export type AskedKeys = Float64Array;

/** An index, and how many records have keys in it. */
export interface KeyedRecords {
  readonly id: number;
  readonly records: number;
}

/** The keys of blocks of a kind. */
export function askedKeys(blocks: KeyBlocks, isAsked: (block: number) => boolean): AskedKeys {
  const asked = new Float64Array(blocks.blocks);
  let count = 0;
  for (let block = 0; block < blocks.blocks; block++) if (isAsked(block)) asked[count++] = blocks.keyOf(block);
  return asked.subarray(0, count);
}

/**
 * Finds out which records of an index have some keys of blocks: where these are many for the records, by reading the keys
 * of all records, or else by looking for each key. The answer is the same but for the order.
 */
export async function findHolders(
  client: PoolClient,
  index: KeyedRecords,
  blocks: KeyBlocks,
  asked: AskedKeys,
): Promise<KeyHolders<string>> {
  const ids = new Uuids();
  const holders = new KeyHolders(blocks, (place) => ids.at(place));
  if (asked.length === 0) return holders;
  const few =
    index.records > RECORDS_A_KEY * asked.length && (await lookedUpTo(runOn(client), index.id)) === ALL_RECORDS;
  if (few) await lookUp(client, index.id, asked, { blocks, holders, take: (bytes, at) => ids.add(bytes, at) });
  else {
    const all = `select "record_id", "keys" from "import_match_records" where "index_id" = ${index.id}`;
    await readAll(client, all, asked, { blocks, holders, take: (bytes, at) => ids.add(bytes, at) });
  }
  return holders;
}

/** Finds out which staged units of a job have keys of blocks, those whose blocks these are among them. */
export async function findUnits(
  client: PoolClient,
  { jobNumber, targetOrdinal }: MatchClaim,
  blocks: KeyBlocks,
): Promise<KeyHolders<number>> {
  const numbers: number[] = [];
  const holders = new KeyHolders(blocks, (place) => numbers[place] ?? 0);
  const all = `select "number", "keys" from "import_match_units"
    where "job_number" = ${jobNumber} and "target_ordinal" = ${targetOrdinal}`;
  const take = (bytes: Buffer, at: number): unknown => numbers.push(Number(bytes.readBigInt64BE(at)));
  await readAll(
    client,
    all,
    askedKeys(blocks, () => true),
    { blocks, holders, take },
  );
  return holders;
}

const UUID = 16;
/** Keys are told apart by so many bits before they are looked for: most of them are nobody's. */
const TOLD_BY = 2 ** 22 - 1;

/** Where who is read is noted. */
interface Noted {
  readonly blocks: KeyBlocks;
  readonly holders: KeyHolders<unknown>;
  /** Takes who begins there in bytes as the next one who has a place. */
  readonly take: (bytes: Buffer, at: number) => unknown;
}

/** Reads ids and keys of many and notes who has keys that are asked for. */
async function readAll(
  client: PoolClient,
  query: string,
  asked: AskedKeys,
  { blocks, holders, take }: Noted,
): Promise<void> {
  const isTold = new Uint8Array((TOLD_BY + 1) / 8);
  const isAsked = new Uint8Array(blocks.blocks);
  for (const key of asked) {
    const bits = key & TOLD_BY;
    isTold[bits >> 3] = (isTold[bits >> 3] ?? 0) | (1 << (bits & 7));
    isAsked[blocks.find(key)] = 1;
  }
  await readCopy(client, query, (bytes, at, end) => {
    let holder = -1;
    for (let key = at + 4 + bytes.readInt32BE(at) + 4; key < end; key += KEY_BYTES) {
      const bits = (((bytes[key + 5] ?? 0) << 16) | ((bytes[key + 6] ?? 0) << 8) | (bytes[key + 7] ?? 0)) & TOLD_BY;
      if (((isTold[bits >> 3] ?? 0) & (1 << (bits & 7))) === 0) continue;
      const block = blocks.find(keyAt(bytes, key));
      if (block < 0 || isAsked[block] !== 1) continue;
      if (holder < 0) {
        take(bytes, at + 4);
        holder = holders.place();
      }
      holders.add(block, holder);
    }
  });
}

async function lookUp(
  client: PoolClient,
  indexId: number,
  asked: AskedKeys,
  { blocks, holders, take }: Noted,
): Promise<void> {
  // As they lie in the index.
  const keys = asked.toSorted();
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
        if (record === undefined) {
          take(bytes, at + 12);
          numbers.set(id, (record = holders.place()));
        }
        holders.add(blocks.find(keys[from + bytes.readInt32BE(at + 4) - 1] ?? -1), record);
      },
    );
  }
}

/** Many ids, as the bytes they were read as: most of those who have keys are nobody's candidates, and never spelled. */
class Uuids {
  #bytes = Buffer.alloc(1_024 * UUID);
  #count = 0;

  add(bytes: Buffer, at: number): void {
    const end = this.#count * UUID;
    if (end === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(end)]);
    bytes.copy(this.#bytes, end, at, at + UUID);
    this.#count++;
  }

  at(place: number): string {
    return asUuid(this.#bytes.toString('hex', place * UUID, (place + 1) * UUID));
  }
}
