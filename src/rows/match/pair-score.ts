import { dependencies, discount, provenPerson } from './dependence.ts';
import type { MatchRecord } from './match-record.ts';
import { levelBits } from './model.ts';
import type { TraitWeights } from './model.ts';
import { levelPlan, pairLevels } from './pair-levels.ts';
import type { Trait } from './trait.ts';

/** What speaks for a pair being the same thing. */
export interface PairScore {
  /** log2 of the likelihood ratio, without any prior; -Infinity when a veto says that they are two persons. */
  sum: number;
  /** The most that the log2 odds can be, whatever the prior. */
  most: number;
}

export interface PairScorer {
  /** Levels and bits by trait of the last pair, of a vetoed one only when all were asked for. */
  readonly levels: Int8Array;
  readonly bits: Float64Array;
  /** The score of a pair; the same object each time. Symmetric. */
  pair(a: MatchRecord, b: MatchRecord, all?: boolean): PairScore;
}

export function pairScorer(traits: readonly Trait[], weights: readonly TraitWeights[]): PairScorer {
  const levels = new Int8Array(traits.length);
  const bits = new Float64Array(traits.length);
  const plan = levelPlan(traits);
  const below = weights.map((weight, at) => weight.bits.map((_, level) => levelBits(traits[at]?.kind, weight, level)));
  const depend = dependencies(traits);
  const score: PairScore = { sum: 0, most: 0 };
  return {
    levels,
    bits,
    pair(a, b, all = false) {
      const vetoed = pairLevels(plan, a, b, levels, all);
      score.sum = Number.NEGATIVE_INFINITY;
      if (vetoed && !all) return score;
      for (let at = 0; at < traits.length; at++) {
        const level = levels[at] ?? -1;
        const weight = weights[at];
        if (level < 0 || weight === undefined) {
          bits[at] = 0;
        } else if (level === plan.tops[at]) {
          const rarity = Math.max(a.at(at).rarity, b.at(at).rarity);
          bits[at] = Math.max(0, weight.topBits - rarity);
        } else bits[at] = below[at]?.[level] ?? 0;
      }
      discount(depend, bits, levels);
      if (vetoed) return score;
      score.sum = 0;
      for (let at = 0; at < traits.length; at++) score.sum += bits[at] ?? 0;
      score.most = provenPerson(depend, bits);
      return score;
    },
  };
}
