/**
 * Which records have a key: an immutable index over many records and keys in a few flat arrays (open addressing, then
 * members side by side), so that a million records with fifteen keys each fit in memory and are found without garbage.
 */
export interface KeyBlocks {
  /** The number of a key's block, or -1. */
  find(key: number): number;
  readonly blocks: number;
  keyOf(block: number): number;
  /** Members of block b are `members[starts[b]]` up to, not including, `members[starts[b + 1]]`, ascending. */
  readonly starts: Int32Array;
  readonly members: Int32Array;
}

/** Indexes the keys of records 0 to `count` - 1; a key that a record names twice counts once. */
export function buildKeyBlocks(count: number, keysOf: (record: number) => ArrayLike<number>): KeyBlocks {
  let named = 0;
  for (let record = 0; record < count; record++) named += keysOf(record).length;
  let size = 16;
  while (size < named * 1.6) size *= 2;
  const keys = new Float64Array(size).fill(-1);
  const numbers = new Int32Array(size);
  const mask = size - 1;
  const slotOf = (key: number): number => {
    let slot = (key ^ Math.floor(key / 4_294_967_296)) & mask;
    while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  };
  const counts = new Int32Array(named + 1);
  const last = new Int32Array(named + 1).fill(-1);
  let blocks = 0;
  const each = (take: (block: number, record: number) => void): void => {
    last.fill(-1);
    for (let record = 0; record < count; record++) {
      const own = keysOf(record);
      for (let at = 0; at < own.length; at++) {
        const key = own[at] ?? -1;
        const slot = slotOf(key);
        if (keys[slot] === -1) {
          keys[slot] = key;
          numbers[slot] = blocks++;
        }
        const block = numbers[slot] ?? 0;
        if (last[block] === record) continue;
        last[block] = record;
        take(block, record);
      }
    }
  };
  each((block) => (counts[block] = (counts[block] ?? 0) + 1));
  const starts = new Int32Array(blocks + 1);
  for (let block = 0; block < blocks; block++) starts[block + 1] = (starts[block] ?? 0) + (counts[block] ?? 0);
  const members = new Int32Array(starts[blocks] ?? 0);
  const next = starts.slice();
  each((block, record) => {
    const at = next[block] ?? 0;
    members[at] = record;
    next[block] = at + 1;
  });
  const keyByBlock = new Float64Array(blocks);
  for (let slot = 0; slot < size; slot++) if (keys[slot] !== -1) keyByBlock[numbers[slot] ?? 0] = keys[slot] ?? 0;
  return {
    blocks,
    starts,
    members,
    keyOf: (block) => keyByBlock[block] ?? -1,
    find(key) {
      const slot = slotOf(key);
      return keys[slot] === -1 ? -1 : (numbers[slot] ?? -1);
    },
  };
}
