import { exactKeyOf } from './exact-keys.ts';
import type { ExactKey } from './exact-keys.ts';

/** Values are asked for only where keys are followed. */
interface Valued {
  readonly values: readonly (string | null)[];
}

/** The record an exact key leads to, and the key. */
export interface Holder {
  readonly id: string;
  readonly key: ExactKey;
}

/** Which records exact keys lead to while the rows of a chunk come and go. */
export interface KeyHolders {
  /**
   * The oldest record with a key of these values; null when there is none. `unsure` when the only record known to have
   * had the key has lost it in this chunk: whether another one has it too is only known by looking again.
   */
  find(row: Valued): Holder | 'unsure' | null;
  /** A record now has other values; `before` is null for one that is new or whose values were never asked for. */
  place(id: string, before: Valued | null, after: Valued): void;
}

/**
 * Follows the keys of records through a chunk. `found` holds the oldest record of each key that the chunk's rows have,
 * by its text; `isOlder` compares two records by when they were made.
 */
export function keyHolders(
  keys: readonly ExactKey[],
  found: readonly ReadonlyMap<string, string>[],
  isOlder: (id: string, other: string) => boolean,
): KeyHolders {
  const followed = keys.map((key, index) => ({ key, holders: new Map(found[index]), lost: new Set<string>() }));
  return {
    find(row) {
      for (const { key, holders, lost } of followed) {
        const text = exactKeyOf(key, row.values);
        if (text === null) continue;
        if (lost.has(text)) return 'unsure';
        const id = holders.get(text);
        if (id !== undefined) return { id, key };
      }
      return null;
    },
    place(id, before, after) {
      for (const { key, holders, lost } of followed) {
        const old = before === null ? null : exactKeyOf(key, before.values);
        const text = exactKeyOf(key, after.values);
        if (old === text) continue;
        if (old !== null && holders.get(old) === id) {
          holders.delete(old);
          lost.add(old);
        }
        if (text === null) continue;
        const holder = holders.get(text);
        if (holder === undefined || isOlder(id, holder)) holders.set(text, id);
      }
    },
  };
}
