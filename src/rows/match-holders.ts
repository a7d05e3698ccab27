import { FEW, MANY } from './match/candidate-rule.ts';
import type { KeyBlocks } from './match/key-blocks.ts';
import { tellingKeys } from './match-pairs.ts';
import type { Unit } from './match-units.ts';

/** Which records have keys of units, in a few flat arrays: the blocks of the units' keys say where. */
export class KeyHolders {
  /** Ids of records, by their numbers. */
  readonly ids: string[] = [];
  readonly #blocks: KeyBlocks;
  /** Holders by block, also those beyond MANY, which are not kept. */
  readonly #counts: Int32Array;
  /** The last holder of a block, and for each holder the one before it: -1 for none. */
  readonly #last: Int32Array;
  #before = new Int32Array(1_024);
  #holders = new Int32Array(1_024);
  #entries = 0;
  /** The unit that a record was last met by. */
  #metBy = new Int32Array(0);
  #worth = new Uint8Array(0);

  constructor(blocks: KeyBlocks) {
    this.#blocks = blocks;
    this.#counts = new Int32Array(blocks.blocks);
    this.#last = new Int32Array(blocks.blocks).fill(-1);
  }

  /** Gives a record a number. */
  number(id: string): number {
    return this.ids.push(id) - 1;
  }

  /** Notes that a record has the key of a block. */
  add(block: number, record: number): void {
    const count = (this.#counts[block] ?? 0) + 1;
    this.#counts[block] = count;
    if (count > MANY) return;
    if (this.#entries === this.#holders.length) {
      this.#before = grown(this.#before);
      this.#holders = grown(this.#holders);
    }
    this.#before[this.#entries] = this.#last[block] ?? -1;
    this.#holders[this.#entries] = record;
    this.#last[block] = this.#entries++;
  }

  /** The records that share keys with a unit as `candidate-rule.ts` says; `number` is another one for each unit, from 1. */
  partners(number: number, unit: Pick<Unit, 'keys'>): number[] {
    if (this.#metBy.length < this.ids.length) {
      this.#metBy = new Int32Array(this.ids.length);
      this.#worth = new Uint8Array(this.ids.length);
    }
    const met: number[] = [];
    for (const key of tellingKeys(unit, this.#blocks)) {
      const block = this.#blocks.find(key);
      const count = this.#counts[block] ?? 0;
      if (count > MANY) continue;
      for (let at = this.#last[block] ?? -1; at >= 0; at = this.#before[at] ?? -1) {
        const record = this.#holders[at] ?? 0;
        if (this.#metBy[record] === number) this.#worth[record] = 1;
        else {
          this.#metBy[record] = number;
          this.#worth[record] = count <= FEW ? 1 : 0;
          met.push(record);
        }
      }
    }
    return met.filter((record) => this.#worth[record] === 1);
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
