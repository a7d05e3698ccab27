import { dependencies, discount, provenPerson } from './dependence.ts';
import { levelBits } from './model.ts';
import type { TraitWeights } from './model.ts';
import { pairLevels } from './pair-levels.ts';
import type { MatchRecord } from './pair-levels.ts';
import { TOP_LEVEL } from './trait.ts';
import type { Trait } from './trait.ts';
import { isOtherPerson, vetoPlan } from './veto.ts';

/** What speaks for a pair being the same thing. */
export interface PairScore {
  /** log2 of the likelihood ratio, without any prior; -Infinity when a veto says that they are two persons. */
  sum: number;
  /** The most that the log2 odds can be, whatever the prior. */
  most: number;
}

export interface PairScorer {
  /** Levels and bits by trait of the last pair. */
  readonly levels: Int8Array;
  readonly bits: Float64Array;
  /** The score of a pair; the same object each time. Symmetric. */
  pair(a: MatchRecord, b: MatchRecord): PairScore;
}

export function pairScorer(traits: readonly Trait[], weights: readonly TraitWeights[]): PairScorer {
  const levels = new Int8Array(traits.length);
  const bits = new Float64Array(traits.length);
  const veto = vetoPlan(traits);
  const depend = dependencies(traits);
  const score: PairScore = { sum: 0, most: 0 };
  return {
    levels,
    bits,
    pair(a, b) {
      pairLevels(traits, a, b, levels);
      for (let at = 0; at < traits.length; at++) {
        const level = levels[at] ?? -1;
        const weight = weights[at];
        const trait = traits[at];
        bits[at] = 0;
        if (level < 0 || weight === undefined || trait === undefined) continue;
        if (level === TOP_LEVEL[trait.kind]) {
          const rarity = Math.max(a[at]?.rarity ?? 0, b[at]?.rarity ?? 0);
          bits[at] = Math.max(0, weight.topBits - rarity);
        } else bits[at] = levelBits(trait.kind, weight, level);
      }
      discount(depend, bits, levels);
      score.sum = 0;
      for (let at = 0; at < traits.length; at++) score.sum += bits[at] ?? 0;
      score.most = provenPerson(depend, bits);
      if (isOtherPerson(veto, levels, a, b)) score.sum = Number.NEGATIVE_INFINITY;
      return score;
    },
  };
}
