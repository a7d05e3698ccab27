import { csvValue, csvValueText } from '../csv-text.ts';
import type { SpoolLimits } from '../limits.ts';
import { tooLarge } from '../refusal.ts';
import type { OfficePackage } from './package.ts';
import { RichText } from './rich-text.ts';

const BLOCK = 2 ** 20;
/** Memory of a text besides its bytes: where it starts. */
const OVERHEAD = 4;
const STARTS = 2 ** 16;

/**
 * The texts cells refer to by number, held as the CSV they will be written as: outside the heap, one after the other in
 * blocks, and copied when they are written, not made.
 */
export class SharedStrings {
  readonly #limits: SpoolLimits;
  readonly #blocks: Buffer[] = [];
  /** Where each text starts, the first block's bytes counted as 0 and so on; it ends where the next one starts. */
  readonly #starts: Uint32Array[] = [];
  #end = 0;
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
    const start = this.#start(index);
    const end = index + 1 < this.#count ? this.#start(index + 1) : this.#end;
    const first = Math.floor(start / BLOCK);
    if (end <= (first + 1) * BLOCK) return this.#slice(first, start, end);
    const parts: Buffer[] = [];
    for (let block = first; block * BLOCK < end; block += 1) {
      parts.push(this.#slice(block, Math.max(start, block * BLOCK), Math.min(end, (block + 1) * BLOCK)));
    }
    return Buffer.concat(parts);
  }

  text(index: number): string | null {
    const written = this.written(index);
    return written === null ? null : csvValueText(written.toString());
  }

  #slice(block: number, start: number, end: number): Buffer {
    const bytes = this.#blocks[block];
    return bytes ? bytes.subarray(start - block * BLOCK, end - block * BLOCK) : Buffer.alloc(0);
  }

  #start(index: number): number {
    return this.#starts[Math.floor(index / STARTS)]?.[index % STARTS] ?? 0;
  }

  #add(text: string): void {
    const bytes = Buffer.from(csvValue(text));
    if (this.#end + bytes.length + (this.#count + 1) * OVERHEAD > this.#limits.sharedTextBytes) {
      throw tooLarge(`The workbook's texts take more than ${this.#limits.sharedTextBytes} bytes: save it as CSV.`);
    }
    if (this.#count % STARTS === 0) this.#starts.push(new Uint32Array(STARTS));
    const starts = this.#starts.at(-1);
    if (starts) starts[this.#count % STARTS] = this.#end;
    this.#count += 1;
    for (let done = 0; done < bytes.length;) {
      const at = this.#end % BLOCK;
      if (at === 0) this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK));
      const block = this.#blocks.at(-1);
      const copied = block ? bytes.copy(block, at, done) : 0;
      done += copied;
      this.#end += copied;
    }
  }
}
