import { areTwoNames } from './compare-values.ts';
import type { Comparable } from './comparable.ts';
import { TOP_LEVEL } from './trait.ts';
import type { Trait } from './trait.ts';

/** Where the traits lie that tell persons of one household, or of one office, apart. */
export interface VetoPlan {
  /** -1 where rows have no given names. */
  readonly given: number;
  /** What two persons of a household hardly share: a birth date, a code. */
  readonly own: readonly number[];
  /** The top level of every trait. */
  readonly top: readonly number[];
}

export function vetoPlan(traits: readonly Trait[]): VetoPlan {
  return {
    given: traits.findIndex((trait) => trait.kind === 'given'),
    own: traits.flatMap((trait, at) => (trait.role === 'birth_date' || trait.role === 'code' ? [at] : [])),
    top: traits.map((trait) => TOP_LEVEL[trait.kind]),
  };
}

/**
 * Two persons, whatever else agrees: the given names are different names (no nickname, initial or slip of each other; two
 * names that are both frequent are no slips). Surname and address only say that they live together, an address alone
 * that they share an office. Unless the birth date is equal too or a code is: then it is the
 * name that is wrong.
 */
export function isOtherPerson(
  plan: VetoPlan,
  levels: Int8Array,
  a: readonly Comparable[],
  b: readonly Comparable[],
): boolean {
  if (plan.given < 0) return false;
  const given = levels[plan.given] ?? -1;
  if (given < 0 || given > 1) return false;
  const [left, right] = [a[plan.given], b[plan.given]];
  if (given === 1 && left !== undefined && right !== undefined && !areTwoNames(left, right)) return false;
  for (const at of plan.own) if ((levels[at] ?? -1) === plan.top[at]) return false;
  return true;
}
