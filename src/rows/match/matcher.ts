import { comparableOf } from './comparable.ts';
import type { Comparable } from './comparable.ts';
import { agreement, INITIAL } from './compare-values.ts';
import { dependencies, discount, provenPerson } from './dependence.ts';
import { keyPlan, recordKeys } from './keys.ts';
import { levelBits } from './model.ts';
import type { MatchModel } from './model.ts';
import { weigher } from './terms.ts';
import { TOP_LEVEL } from './trait.ts';
import type { Trait } from './trait.ts';
import { isOtherPerson, vetoPlan } from './veto.ts';

/** A row made ready: its values by trait. */
export type MatchRecord = readonly Comparable[];

/** Fills in the level of each trait of a pair. Names that changed places agree as they would in their places. */
export function pairLevels(traits: readonly Trait[], a: MatchRecord, b: MatchRecord, levels: Int8Array): void {
  let given = -1;
  let family = -1;
  for (let at = 0; at < traits.length; at++) {
    const trait = traits[at];
    const left = a[at];
    const right = b[at];
    if (trait === undefined || left === undefined || right === undefined) continue;
    levels[at] = agreement(trait.kind, left, right);
    if (trait.kind === 'given') given = at;
    if (trait.kind === 'family') family = at;
  }
  if (given < 0 || family < 0 || (levels[given] ?? -1) > 0 || (levels[family] ?? -1) > 0) return;
  crossNames(a, b, given, family, levels);
}

/**
 * Names that agree in no place may have changed places. Then the pair with the more usual given name in the place of the
 * given name is that of the given names.
 */
function crossNames(a: MatchRecord, b: MatchRecord, given: number, family: number, levels: Int8Array): void {
  const [ag, af, bg, bf] = [a[given], a[family], b[given], b[family]];
  if (ag === undefined || af === undefined || bg === undefined || bf === undefined) return;
  const inPlace = ag.text !== '' && (bg.text === '' || ag.rarity >= bg.rarity);
  const [g1, g2, f1, f2] = inPlace ? [ag, bf, af, bg] : [af, bg, ag, bf];
  const asGiven = agreement('given', g1, g2);
  const asFamily = agreement('family', f1, f2);
  if (asGiven <= INITIAL && asFamily < 2) return;
  levels[given] = asGiven;
  levels[family] = asFamily;
}

/** Applies a model to rows. */
export interface Matcher {
  readonly model: MatchModel;
  prepare(row: readonly (string | null)[]): MatchRecord;
  /** The blocking keys of a record, each once: exact integers below 2^53. */
  keys(record: MatchRecord): number[];
  /** log2 odds that two records are the same thing; -Infinity when a veto says that they are two persons. Symmetric. */
  bits(a: MatchRecord, b: MatchRecord): number;
  /** The same, and what each trait adds to it, in bits by the order of the traits; levels come as in `pairLevels`. */
  evidence(a: MatchRecord, b: MatchRecord, bits: Float64Array, levels: Int8Array): number;
}

export function createMatcher(model: MatchModel): Matcher {
  const { traits, weights } = model;
  const weighers = traits.map((trait, at) => weigher(trait.kind, model.terms[at] ?? NOTHING));
  const plan = keyPlan(traits);
  const veto = vetoPlan(traits);
  const crowded = new Set(model.crowded);
  const ownLevels = new Int8Array(traits.length);
  const ownBits = new Float64Array(traits.length);
  const depend = dependencies(traits);

  const evidence = (a: MatchRecord, b: MatchRecord, bits: Float64Array, levels: Int8Array): number => {
    pairLevels(traits, a, b, levels);
    const vetoed = isOtherPerson(veto, levels, a, b);
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
    if (vetoed) return Number.NEGATIVE_INFINITY;
    let sum = model.priorBits;
    for (let at = 0; at < traits.length; at++) sum += bits[at] ?? 0;
    return Math.min(sum, provenPerson(depend, bits));
  };

  return {
    model,
    prepare(row) {
      return traits.map((trait, at) => {
        const value = comparableOf(trait, row);
        weighers[at]?.(value);
        return value;
      });
    },
    keys(record) {
      const keys: number[] = [];
      recordKeys(plan, record, (key) => {
        if (!crowded.has(key) && !keys.includes(key)) keys.push(key);
      });
      return keys;
    },
    bits: (a, b) => evidence(a, b, ownBits, ownLevels),
    evidence,
  };
}

const NOTHING = { records: 0, values: [], otherValues: 1, words: [], otherWords: 1 };
