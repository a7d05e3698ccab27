import { hash53 } from './hash.ts';
import type { KeyBlocks } from './key-blocks.ts';

/** Keys of records: `keys[i]` are those of record i, `traits[i]` the traits each is made of, as bits. */
export interface KeyedRecords {
  readonly keys: readonly (readonly number[])[];
  readonly traits: readonly (readonly number[])[];
}

/** Pairs that share a key, the smaller record first, and the distinct trait sets of the keys they share. */
export interface CandidatePairs {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly through: readonly (readonly number[])[];
  /** The share of all candidate pairs that these are. */
  readonly share: number;
}

/** Keys that more than `block` records share, sorted. */
export function crowdedKeys(index: KeyBlocks, block: number): number[] {
  const crowded: number[] = [];
  for (let at = 0; at < index.blocks; at++) {
    if ((index.starts[at + 1] ?? 0) - (index.starts[at] ?? 0) > block) crowded.push(index.keyOf(at));
  }
  return crowded.toSorted((a, b) => a - b);
}

/**
 * The pairs that share a key which is not crowded, and of which at least one record is number `from` or a later one; of
 * more than about `most` pairs an even share. Records are to come in an order that does not depend on where they came from.
 */
export function candidatePairs(
  records: KeyedRecords,
  index: KeyBlocks,
  crowded: ReadonlySet<number>,
  from: number,
  most: number,
): CandidatePairs {
  const count = records.keys.length;
  /** Where the first member that is `from` or later lies in a block, or the block's end for a crowded one. */
  const later = new Int32Array(index.blocks);
  let seen = 0;
  for (let at = 0; at < index.blocks; at++) {
    const start = index.starts[at] ?? 0;
    const end = index.starts[at + 1] ?? 0;
    let where = start;
    if (crowded.has(index.keyOf(at))) where = end;
    else while (where < end && (index.members[where] ?? 0) < from) where++;
    later[at] = where;
    if (where < end) seen += ((end - start) * (end - start - 1) - (where - start) * (where - start - 1)) / 2;
  }
  // Blocks overlap, so there are fewer pairs than this says.
  const share = Math.min(1, (2 * most) / Math.max(1, seen));
  const limit = share * 2 ** 53;
  const found = new Set<number>();
  for (let at = 0; at < index.blocks; at++) {
    const start = index.starts[at] ?? 0;
    const end = index.starts[at + 1] ?? 0;
    for (let j = later[at] ?? end; j < end; j++) {
      for (let i = start; i < j; i++) {
        const id = (index.members[i] ?? 0) * count + (index.members[j] ?? 0);
        if (share === 1 || hash53(String(id), 0x9a1) < limit) found.add(id);
      }
    }
  }
  const ids = Float64Array.from(found).sort();
  const first = Int32Array.from(ids, (id) => Math.floor(id / count));
  const second = Int32Array.from(ids, (id) => id % count);
  const through = Array.from(first, (a, pair) => sharedTraits(records, a, second[pair] ?? 0, crowded));
  return { first, second, through, share };
}

function sharedTraits(records: KeyedRecords, a: number, b: number, crowded: ReadonlySet<number>): number[] {
  const found: number[] = [];
  const others = records.keys[b] ?? [];
  records.keys[a]?.forEach((key, at) => {
    const there = others.indexOf(key);
    if (there < 0 || crowded.has(key)) return;
    const made = (records.traits[a]?.[at] ?? 0) | (records.traits[b]?.[there] ?? 0);
    if (!found.includes(made)) found.push(made);
  });
  return found.toSorted((x, y) => x - y);
}
