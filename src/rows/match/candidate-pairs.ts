import { hash53 } from './hash.ts';

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
}

/** Keys that more records share than a block may hold, sorted: nobody's keys, whatever the order of the records. */
export function crowdedKeys(sides: readonly KeyedRecords[], most: number): number[] {
  const counts = new Map<number, number>();
  for (const side of sides) {
    for (const keys of side.keys) for (const key of new Set(keys)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].flatMap(([key, count]) => (count > most ? [key] : [])).toSorted((a, b) => a - b);
}

interface Block {
  readonly left: number[];
  readonly right: number[];
}

function blocksOf(left: KeyedRecords, right: KeyedRecords | null, crowded: ReadonlySet<number>): Map<number, Block> {
  const blocks = new Map<number, Block>();
  const add = (side: KeyedRecords, name: keyof Block): void => {
    side.keys.forEach((keys, record) => {
      for (const key of new Set(keys)) {
        if (crowded.has(key)) continue;
        let block = blocks.get(key);
        if (block === undefined) blocks.set(key, (block = { left: [], right: [] }));
        block[name].push(record);
      }
    });
  };
  add(left, 'left');
  if (right !== null) add(right, 'right');
  return blocks;
}

/**
 * The pairs of one side (each with each later one) or of two that share a key; of more than `most` an even share, chosen
 * by the hash of what `nameOf` says of the records, so that the order of the records does not matter.
 */
export function candidatePairs(
  left: KeyedRecords,
  right: KeyedRecords | null,
  crowded: ReadonlySet<number>,
  most: number,
): CandidatePairs {
  const blocks = blocksOf(left, right, crowded);
  const width = (right ?? left).keys.length;
  const pairs = new Map<number, number>();
  let seen = 0;
  for (const block of blocks.values()) {
    seen += right === null ? (block.left.length * (block.left.length - 1)) / 2 : block.left.length * block.right.length;
  }
  // Blocks overlap, so there are fewer pairs than this says; the share is only a matter of size.
  const share = Math.min(1, (2 * most) / Math.max(1, seen));
  const limit = share * 2 ** 53;
  for (const block of blocks.values()) {
    block.left.forEach((a, index) => {
      const others = right === null ? block.left.slice(index + 1) : block.right;
      for (const b of others) {
        const [low, high] = right === null && b < a ? [b, a] : [a, b];
        const id = low * width + high;
        if (share < 1 && hash53(String(id), 0x9a1) >= limit) continue;
        pairs.set(id, pairs.size);
      }
    });
  }
  const ids = [...pairs.keys()].toSorted((a, b) => a - b);
  const other = right ?? left;
  return {
    left: Int32Array.from(ids, (id) => Math.floor(id / width)),
    right: Int32Array.from(ids, (id) => id % width),
    through: ids.map((id) => sharedTraits(left, Math.floor(id / width), other, id % width, crowded)),
    share,
  };
}

function sharedTraits(
  left: KeyedRecords,
  a: number,
  right: KeyedRecords,
  b: number,
  crowded: ReadonlySet<number>,
): number[] {
  const found = new Set<number>();
  const others = right.keys[b] ?? [];
  left.keys[a]?.forEach((key, at) => {
    if (crowded.has(key)) return;
    const there = others.indexOf(key);
    if (there >= 0) found.add((left.traits[a]?.[at] ?? 0) | (right.traits[b]?.[there] ?? 0));
  });
  return [...found].toSorted((x, y) => x - y);
}
