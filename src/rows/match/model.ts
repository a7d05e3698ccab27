import { INITIAL } from './compare-values.ts';
import type { MatchField } from './role.ts';
import type { TermCounts } from './terms.ts';
import type { Trait, TraitKind } from './trait.ts';

/** What agreement of a trait tells, by level from 0 (differs) to its top (equal). */
export interface TraitWeights {
  /** How often the level occurs among pairs of the same thing; adds up to 1. */
  readonly m: readonly number[];
  /** How often it occurs among pairs of different things. */
  readonly u: readonly number[];
  /** log2(m / u), never falling with the level. */
  readonly bits: readonly number[];
  /** log2 of m at the top level: less the rarity of a value it is what agreement on that value tells. */
  readonly topBits: number;
}

/** Raised whenever the same plan would give a record other keys than before: keys of two versions do not compare. */
export const PLAN_VERSION = 3;

/**
 * What fixes the keys of a record, as plain JSON: which fields are compared as what, how frequent values are, which keys
 * are nobody's. Keys that were stored under one plan are found again under the same plan only.
 */
export interface MatchPlan {
  readonly version: typeof PLAN_VERSION;
  readonly fields: readonly MatchField[];
  readonly traits: readonly Trait[];
  readonly terms: readonly TermCounts[];
  /** Keys that too many records share: they are nobody's keys. Sorted. */
  readonly crowded: readonly number[];
  /** How many records it was made for. */
  readonly records: number;
}

/** A plan, and what agreement tells by it. Plain JSON: stored with a job, the same answers come out of it for ever. */
export interface MatchModel extends MatchPlan {
  readonly weights: readonly TraitWeights[];
  /** log2 odds that a record that is there and one that comes in, taken at random, are the same thing. */
  readonly priorBits: number;
  /** The same of two records that come in. */
  readonly priorBitsWithin: number;
  /** What the weights were learned from. */
  readonly learnedFrom: { readonly records: number; readonly pairs: number; readonly expectedMatches: number };
}

/** The plan of a model, without its weights: what is stored beside keys. */
export function planOf(model: MatchPlan): MatchPlan {
  const { version, fields, traits, terms, crowded, records } = model;
  return { version, fields, traits, terms, crowded, records };
}

/** Whether keys of two models, as they were stored, are the same. */
export function samePlan(model: MatchPlan, other: MatchPlan): boolean {
  return JSON.stringify(planOf(model)) === JSON.stringify(planOf(other));
}

/** An initial agrees by chance once in twelve, however rare initials are among the values. */
const INITIAL_BITS = Math.log2(12);

/** What a level below the top tells. */
export function levelBits(kind: TraitKind | undefined, weight: TraitWeights, level: number): number {
  const bits = weight.bits[level] ?? 0;
  return kind === 'given' && level === INITIAL ? Math.min(INITIAL_BITS, bits) : bits;
}
