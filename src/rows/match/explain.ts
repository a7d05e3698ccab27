import type { Comparable } from './comparable.ts';
import { wordLikeness } from './compare-words.ts';
import type { MatchRecord } from './match-record.ts';
import type { PairScorer } from './pair-score.ts';
import { jaroWinkler } from './similarity.ts';
import { TOP_LEVEL } from './trait.ts';
import type { Trait, TraitKind } from './trait.ts';

/** What one thing that was compared says of a pair; only what both have is told of. */
export interface FieldEvidence {
  /** The fields it was made of, by their places. */
  readonly fields: readonly number[];
  /** How alike the two values are, 0 to 100; 100 when they are equal once normalised. */
  readonly likeness: number;
  /** How much it speaks for the two being the same thing, or below zero against it, in bits. */
  readonly weight: number;
}

/** Why a pair is thought to be the same thing, or not. */
export interface Explanation {
  /** The calibrated probability in percent, two decimals; 0 after a veto. */
  readonly confidence: number;
  /** log2 of the odds: the prior and the weights, not more than what is a person's own allows. */
  readonly bits: number;
  /** They are two persons of one household or office, whatever agrees. */
  readonly vetoed: boolean;
  readonly evidence: readonly FieldEvidence[];
}

/** Explains the pair that was scored last, whose odds are `bits`. */
export function explanation(
  traits: ToldTraits,
  scorer: PairScorer,
  [a, b]: readonly [MatchRecord, MatchRecord],
  bits: number,
): Explanation {
  const evidence: FieldEvidence[] = [];
  traits.forEach(({ kind, fields }, at) => {
    const level = scorer.levels[at] ?? -1;
    if (level < 0) return;
    const alike = Math.round(100 * likeness(kind, level, a.at(at), b.at(at)));
    evidence.push({ fields, likeness: alike, weight: rounded(scorer.bits[at] ?? 0) });
  });
  const vetoed = bits === Number.NEGATIVE_INFINITY;
  return { confidence: rounded(100 / (1 + 2 ** -bits)), bits: rounded(bits), vetoed, evidence };
}

/** What is told of traits: each with the places of the fields that it is made of. */
export type ToldTraits = readonly { readonly kind: TraitKind; readonly fields: readonly number[] }[];

export function toldTraits(traits: readonly Trait[]): ToldTraits {
  return traits.map(({ kind, numbers, fields, fallback }) => {
    const own = [...numbers, ...fields];
    return { kind, fields: own.length === 0 ? [fallback] : own };
  });
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

const BY_WORDS: ReadonlySet<TraitKind> = new Set(['words', 'street', 'place']);
/** Values that are not equal are never shown as wholly alike, and different ones never as more alike than this. */
const NOT_EQUAL = 0.99;
const DIFFERENT = 0.5;
const LEVEL = 0.95;

function likeness(kind: TraitKind, level: number, a: Comparable, b: Comparable): number {
  const top = TOP_LEVEL[kind];
  if (level === top) return 1;
  const alike = Math.max(jaroWinkler(a.text, b.text), BY_WORDS.has(kind) ? wordLikeness(a, b) : 0);
  return level === 0 ? Math.min(DIFFERENT, alike) : Math.min(NOT_EQUAL, Math.max(alike, (LEVEL * level) / top));
}
