import { z } from 'zod';
import { isPlainInteger } from './plain-bytes.ts';
import { beats } from './share-of-evidence.ts';
import { numberBy, writtenNumber } from './read-number.ts';
import type { DecimalMark } from './read-number.ts';

/** How the numbers of a column are written. */
export interface NumberFormat {
  readonly kind: 'number';
  /** The mark before a fraction; null when the column does not tell, and then only what can be read one way is read. */
  readonly mark: DecimalMark | null;
  /** The one currency of the column; null when there is none, `several` when amounts have different ones. */
  readonly currency: string | null;
  /** What was counted; null where the source says by itself how it writes. */
  readonly counts: NumberCounts | null;
}

const count = z.number().int().min(0);

/** What the values of a column of numbers were seen to be. */
export const numberCounts = z.object({
  /** Values that are not empty. */
  values: count,
  /** Those that say the same by either mark, such as `1234`. */
  neutral: count,
  /** Those that are numbers only with a point before the fraction, and only with a comma. */
  point: count,
  comma: count,
  /** Those that are one number with a point and another with a comma, such as `1.234`. */
  either: count,
  /** Those that are no number at all. */
  neither: count,
  /** Amounts with a currency, by it. */
  currencies: z.record(z.string(), count),
});
export type NumberCounts = z.infer<typeof numberCounts>;

export const SEVERAL = 'several';

/** Where a source says by itself that it writes a point and no groups, as one that was spooled from numbers does. */
export const PLAIN_NUMBERS: NumberFormat = { kind: 'number', mark: '.', currency: null, counts: null };

/** Counts how the numbers of a column are written. */
export class NumberEvidence {
  readonly counts: NumberCounts;
  readonly #whole: boolean;

  constructor(whole: boolean, counts: NumberCounts = noCounts()) {
    this.#whole = whole;
    this.counts = counts;
  }

  /** A value that lies among bytes; it is not empty. */
  add(bytes: Buffer, start: number, length: number): void {
    const { counts } = this;
    if (isPlainInteger(bytes, start, length)) {
      counts.values++;
      counts.neutral++;
      return;
    }
    const given = bytes.toString('utf8', start, start + length);
    if (given.trim() === '') return;
    counts.values++;
    const written = writtenNumber(given);
    if (written === null) {
      counts.neither++;
      return;
    }
    const point = numberBy(written, '.', this.#whole);
    const comma = numberBy(written, ',', this.#whole);
    if (point === null && comma === null) counts.neither++;
    else if (point === null) counts.comma++;
    else if (comma === null) counts.point++;
    else if (point === comma) counts.neutral++;
    else counts.either++;
    if (written.currency !== null && (point ?? comma) !== null) {
      counts.currencies[written.currency] = (counts.currencies[written.currency] ?? 0) + 1;
    }
  }

  merge(other: NumberCounts): void {
    const { counts } = this;
    for (const name of ['values', 'neutral', 'point', 'comma', 'either', 'neither'] as const) {
      counts[name] += other[name];
    }
    for (const [currency, times] of Object.entries(other.currencies)) {
      counts.currencies[currency] = (counts.currencies[currency] ?? 0) + times;
    }
  }

  decide(): NumberFormat {
    const { counts } = this;
    const { point, comma } = counts;
    const mark = beats(point, comma) ? '.' : beats(comma, point) ? ',' : null;
    const currencies = Object.keys(counts.currencies);
    const currency = currencies.length > 1 ? SEVERAL : (currencies[0] ?? null);
    return { kind: 'number', mark, currency, counts };
  }
}

function noCounts(): NumberCounts {
  return { values: 0, neutral: 0, point: 0, comma: 0, either: 0, neither: 0, currencies: {} };
}
