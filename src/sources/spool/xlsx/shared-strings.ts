import { csvValue, csvValueText } from '../csv-text.ts';
import type { SpoolLimits } from '../limits.ts';
import { tooLarge } from '../refusal.ts';
import type { OfficePackage } from './package.ts';
import { RichText } from './rich-text.ts';

const BLOCK = 2 ** 20;
/** Memory of a text besides its bytes. */
const OVERHEAD = 8;

/** The texts cells refer to by number, held as the CSV they will be written as: outside the heap, and copied, not made. */
export class SharedStrings {
  readonly #blocks: Buffer[] = [];
  readonly #limits: SpoolLimits;
  #used = BLOCK;
  #held = 0;
  /** Of each text: number of its block × 2^32 + its start; and its length. */
  #places = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #count = 0;

  private constructor(limits: SpoolLimits) {
    this.#limits = limits;
  }

  static async read(parts: OfficePackage, path: string | null, limits: SpoolLimits): Promise<SharedStrings> {
    const strings = new SharedStrings(limits);
    if (path === null) return strings;
    const rich = new RichText();
    await parts.read(path, {
      open(name) {
        if (name === 'si') rich.start();
        else rich.open(name);
      },
      text: (text) => rich.text(text),
      close(name) {
        if (name === 'si') strings.#add(rich.end());
        else rich.close(name);
      },
    });
    return strings;
  }

  /** The text of a number as CSV; null when there is none, empty when the text is. */
  written(index: number): Buffer | null {
    if (!(index >= 0 && index < this.#count)) return null;
    const place = this.#places[index] ?? 0;
    const block = this.#blocks[Math.floor(place / 2 ** 32)];
    const start = place % 2 ** 32;
    return block ? block.subarray(start, start + (this.#lengths[index] ?? 0)) : null;
  }

  text(index: number): string | null {
    const written = this.written(index);
    return written === null ? null : csvValueText(written.toString());
  }

  #add(text: string): void {
    const bytes = Buffer.from(csvValue(text));
    this.#held += bytes.length + OVERHEAD;
    if (this.#held > this.#limits.sharedTextBytes) {
      throw tooLarge(`The workbook's texts take more than ${this.#limits.sharedTextBytes} bytes: save it as CSV.`);
    }
    if (this.#used + bytes.length > BLOCK) {
      this.#blocks.push(Buffer.allocUnsafeSlow(Math.max(BLOCK, bytes.length)));
      this.#used = 0;
    }
    if (this.#count === this.#lengths.length) this.#grow();
    const last = this.#blocks.length - 1;
    this.#blocks[last]?.set(bytes, this.#used);
    this.#places[this.#count] = last * 2 ** 32 + this.#used;
    this.#lengths[this.#count] = bytes.length;
    this.#used += bytes.length;
    this.#count += 1;
  }

  #grow(): void {
    const places = new Float64Array(this.#count * 2);
    places.set(this.#places);
    this.#places = places;
    const lengths = new Uint32Array(this.#count * 2);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
  }
}
