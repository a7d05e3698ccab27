import { hash53 } from './hash.ts';
import { buildKeyBlocks } from './key-blocks.ts';

/** Keys of records: `keys[i]` are those of record i, `traits[i]` the traits each is made of, as bits. */
export interface KeyedRecords {
  readonly keys: readonly (readonly number[])[];
  readonly traits: readonly (readonly number[])[];
}

/** Pairs that share a key: left and right record, and the distinct trait sets of the keys they share. */
export interface CandidatePairs {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly through: readonly (readonly number[])[];
  /** The share of all candidate pairs that these are. */
  readonly share: number;
  /** Keys that more records share than a block may hold, sorted: nobody's keys, whatever the order of the records. */
  readonly crowded: readonly number[];
}

/**
 * The pairs of one side (each with each later one), or of two, that share a key which at most `block` records have; of
 * more than about `most` pairs an even share. Records are to come in an order that does not depend on where they came from.
 */
export function candidatePairs(
  left: KeyedRecords,
  right: KeyedRecords | null,
  block: number,
  most: number,
): CandidatePairs {
  const first = left.keys.length;
  const count = first + (right?.keys.length ?? 0);
  const index = buildKeyBlocks(
    count,
    (record) => (record < first ? left.keys[record] : right?.keys[record - first]) ?? [],
  );
  const crowded: number[] = [];
  let seen = 0;
  for (let at = 0; at < index.blocks; at++) {
    const size = (index.starts[at + 1] ?? 0) - (index.starts[at] ?? 0);
    if (size > block) crowded.push(index.keyOf(at));
    else seen += (size * (size - 1)) / 2;
  }
  // Blocks overlap, and with two sides hold pairs of one side, so there are fewer pairs than this says.
  const share = Math.min(1, (3 * most) / Math.max(1, seen));
  const limit = share * 2 ** 53;
  const found = new Set<number>();
  for (let at = 0; at < index.blocks; at++) {
    const start = index.starts[at] ?? 0;
    const end = index.starts[at + 1] ?? 0;
    if (end - start > block) continue;
    for (let i = start; i < end; i++) {
      const a = index.members[i] ?? 0;
      if (right !== null && a >= first) break;
      for (let j = i + 1; j < end; j++) {
        const b = index.members[j] ?? 0;
        if (right !== null && b < first) continue;
        const id = a * count + b;
        if (share === 1 || hash53(String(id), 0x9a1) < limit) found.add(id);
      }
    }
  }
  const ids = Float64Array.from(found).sort();
  const isCrowded = new Set(crowded);
  const lefts = Int32Array.from(ids, (id) => Math.floor(id / count));
  const rights = Int32Array.from(ids, (id) => (id % count) - (right === null ? 0 : first));
  const through: number[][] = [];
  lefts.forEach((a, pair) => through.push(sharedTraits(left, a, right ?? left, rights[pair] ?? 0, isCrowded)));
  return { left: lefts, right: rights, through, share, crowded: crowded.toSorted((a, b) => a - b) };
}

function sharedTraits(
  left: KeyedRecords,
  a: number,
  right: KeyedRecords,
  b: number,
  crowded: ReadonlySet<number>,
): number[] {
  const found: number[] = [];
  const others = right.keys[b] ?? [];
  left.keys[a]?.forEach((key, at) => {
    const there = others.indexOf(key);
    if (there < 0 || crowded.has(key)) return;
    const made = (left.traits[a]?.[at] ?? 0) | (right.traits[b]?.[there] ?? 0);
    if (!found.includes(made)) found.push(made);
  });
  return found.toSorted((x, y) => x - y);
}
