import type { ExactKey } from './exact-keys.ts';

/** Why a row counts as a duplicate. */
export interface Matched {
  readonly strategy: 'exact' | 'fuzzy';
  /** 0 to 100: how certain it is. */
  readonly confidence: number;
  readonly fields: Readonly<Record<string, MatchedField>>;
}

/** How a field of a row agrees with the other's. */
export interface MatchedField {
  /** 0 to 100. */
  readonly confidence: number;
  /** The other's value. */
  readonly matchedValue: string | null;
  /** What that tells, in bits; negative when it speaks against. */
  readonly weight?: number;
}

/** What the match pass found of a row. */
export interface Likeness {
  /** Rows of one group become one record. */
  readonly group: string;
  /** The record the group is, where there is one by now. */
  readonly targetId: string | null;
  /** Whether the row belongs to the group is for a person to say. */
  readonly review: boolean;
  readonly matched: Matched | MatchedText;
}

/** The same as JSON, of what is only carried from one table to another. */
export class MatchedText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Probabilities as confidences, never rounded up: nothing comes over a threshold by being printed. Nor does anything fall
 * below the one that it reached by the last digits of a number: what is as good as certain is 100.
 */
export function confidenceOf(bits: number): number {
  return Math.floor(1000 / (1 + 2 ** -bits) + 1e-9) / 10;
}

/** The bits of a confidence of 0 to 100. */
export function bitsOf(confidence: number): number {
  if (confidence >= 100) return MOST_BITS;
  return confidence <= 0 ? -MOST_BITS : Math.log2(confidence / (100 - confidence));
}

/** As good as certain. */
export const MOST_BITS = 40;

/** That all fields of an exact key agree. */
export function exactMatch(key: ExactKey, values: readonly (string | null)[]): Matched {
  const fields = key.fields.map((field, place) => {
    const value = values[key.indexes[place] ?? -1] ?? null;
    return [field, { confidence: 100, matchedValue: value }] as const;
  });
  return { strategy: 'exact', confidence: 100, fields: Object.fromEntries(fields) };
}

/** The record that a row is, or may be, without being known as it. */
export interface Duplicate {
  readonly id: string;
  readonly matched: Matched | MatchedText;
  readonly review?: boolean;
}

/** The record a row is, or may be, by its likeness; null when that is yet to be made. */
export function likeTo(like: Likeness | undefined, groups: ReadonlyMap<string, string>): Duplicate | null {
  if (!like) return null;
  const id = like.targetId ?? groups.get(like.group);
  return id === undefined ? null : { id, matched: like.matched, review: like.review };
}
