import { FEW, MANY } from './match/candidate-rule.ts';
import type { KeyBlocks } from './match/key-blocks.ts';
import type { Unit } from './match-units.ts';

/**
 * Who has keys of units, in a few flat arrays: the blocks of the units' keys say where. Holders are records, by their ids, or
 * units themselves, by their numbers.
 */
export class KeyHolders<Id> {
  readonly #blocks: KeyBlocks;
  readonly #idOf: (place: number) => Id;
  #places = 0;
  /** Holders by block, also those beyond MANY, which are not kept. */
  readonly #counts: Int32Array;
  /** The last holder of a block, and for each holder the one before it: -1 for none. */
  readonly #last: Int32Array;
  #before = new Int32Array(1_024);
  #holders = new Int32Array(1_024);
  #entries = 0;
  /** The unit that a holder was last met by. */
  #metBy = new Int32Array(0);
  #worth = new Uint8Array(0);

  /** @param idOf who has a place; it is only asked of those who are met */
  constructor(blocks: KeyBlocks, idOf: (place: number) => Id) {
    this.#blocks = blocks;
    this.#idOf = idOf;
    this.#counts = new Int32Array(blocks.blocks);
    this.#last = new Int32Array(blocks.blocks).fill(-1);
  }

  /** The next place, from 0. */
  place(): number {
    return this.#places++;
  }

  /** How many have the key of a block. */
  count(block: number): number {
    return this.#counts[block] ?? 0;
  }

  /** Notes that who has a place has the key of a block. */
  add(block: number, holder: number): void {
    const count = (this.#counts[block] ?? 0) + 1;
    this.#counts[block] = count;
    if (count > MANY) return;
    if (this.#entries === this.#holders.length) {
      this.#before = grown(this.#before);
      this.#holders = grown(this.#holders);
    }
    this.#before[this.#entries] = this.#last[block] ?? -1;
    this.#holders[this.#entries] = holder;
    this.#last[block] = this.#entries++;
  }

  /** Who shares keys with a unit as `candidate-rule.ts` says; `mark` is another one for each unit, from 1. */
  partners(mark: number, { keys }: Pick<Unit, 'keys'>): Id[] {
    if (this.#metBy.length < this.#places) {
      this.#metBy = new Int32Array(this.#places);
      this.#worth = new Uint8Array(this.#places);
    }
    const met: number[] = [];
    for (const key of keys) {
      const block = this.#blocks.find(key);
      const count = this.#counts[block] ?? 0;
      if (count > MANY) continue;
      for (let at = this.#last[block] ?? -1; at >= 0; at = this.#before[at] ?? -1) {
        const holder = this.#holders[at] ?? 0;
        if (this.#metBy[holder] === mark) this.#worth[holder] = 1;
        else {
          this.#metBy[holder] = mark;
          this.#worth[holder] = count <= FEW ? 1 : 0;
          met.push(holder);
        }
      }
    }
    const partners: Id[] = [];
    for (const holder of met) if (this.#worth[holder] === 1) partners.push(this.#idOf(holder));
    return partners;
  }
}

/** Units, numbered from 1, by the blocks they make. */
export function holdersWithin(blocks: KeyBlocks, units: number): KeyHolders<number> {
  const holders = new KeyHolders(blocks, (place) => place + 1);
  for (let number = 1; number <= units; number++) holders.place();
  for (let block = 0; block < blocks.blocks; block++) {
    for (let at = blocks.starts[block] ?? 0; at < (blocks.starts[block + 1] ?? 0); at++) {
      holders.add(block, blocks.members[at] ?? 0);
    }
  }
  return holders;
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
