import { explanation, toldTraits } from './explain.ts';
import type { Explanation } from './explain.ts';
import { createKeyer } from './keyer.ts';
import type { Keyer } from './keyer.ts';
import type { MatchModel } from './model.ts';
import type { MatchRecord } from './match-record.ts';
import { pairScorer } from './pair-score.ts';
import type { PairScore } from './pair-score.ts';

export type { MatchRecord } from './match-record.ts';

/** Two records of which one is there already, or two that both come in. */
export type PairKind = 'between' | 'within';

/** Applies a model to rows. */
export interface Matcher extends Keyer {
  readonly model: MatchModel;
  /** log2 odds that two records are the same thing; -Infinity when a veto says that they are two persons. Symmetric. */
  bits(a: MatchRecord, b: MatchRecord, kind?: PairKind): number;
  /** The odds of a pair and, by trait, where they come from. */
  explain(a: MatchRecord, b: MatchRecord, kind?: PairKind): Explanation;
}

export function createMatcher(model: MatchModel): Matcher {
  const told = toldTraits(model.traits);
  const scorer = pairScorer(model.traits, model.weights);
  const odds = ({ sum, most }: PairScore, kind: PairKind): number =>
    Math.min(sum + (kind === 'within' ? model.priorBitsWithin : model.priorBits), most);
  return {
    ...createKeyer(model),
    model,
    bits: (a, b, kind = 'between') => odds(scorer.pair(a, b), kind),
    explain: (a, b, kind = 'between') => explanation(told, scorer, [a, b], odds(scorer.pair(a, b, true), kind)),
  };
}
