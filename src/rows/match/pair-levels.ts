import { areTwoNames, comparison, INITIAL } from './compare-values.ts';
import type { MatchRecord } from './match-record.ts';
import { TOP_LEVEL } from './trait.ts';
import type { Trait } from './trait.ts';

/** In which order the traits of a pair are compared. */
export interface LevelPlan {
  /** What compares each trait, and the level of equal values. */
  readonly compare: readonly ReturnType<typeof comparison>[];
  readonly tops: Int8Array;
  /** -1 where rows have no given names, no family names. */
  readonly given: number;
  readonly family: number;
  /** What two persons of a household hardly share: a birth date, a code. */
  readonly own: readonly number[];
  readonly emails: readonly number[];
  /** All but names and what is one's own. */
  readonly rest: readonly number[];
}

export function levelPlan(traits: readonly Trait[]): LevelPlan {
  const given = traits.findIndex((trait) => trait.kind === 'given');
  const family = traits.findIndex((trait) => trait.kind === 'family');
  const own = traits.flatMap((trait, at) => (trait.role === 'birth_date' || trait.role === 'code' ? [at] : []));
  const rest = traits.flatMap((_, at) => (at === given || at === family || own.includes(at) ? [] : [at]));
  const emails = traits.flatMap((trait, at) => (trait.kind === 'email' ? [at] : []));
  const compare = traits.map(({ kind }) => comparison(kind));
  return { compare, tops: Int8Array.from(traits, ({ kind }) => TOP_LEVEL[kind]), given, family, own, emails, rest };
}

/**
 * Fills in the level of each trait of a pair and tells whether it is vetoed. Names that changed places agree as they would
 * in their places. A vetoed pair is told apart by its first levels; the others are only filled in when `all` are asked for.
 */
export function pairLevels(plan: LevelPlan, a: MatchRecord, b: MatchRecord, levels: Int8Array, all: boolean): boolean {
  const { given, family, own, rest } = plan;
  if (given >= 0) compare(plan, a, b, given, levels);
  if (family >= 0) compare(plan, a, b, family, levels);
  if (given >= 0 && family >= 0 && (levels[given] ?? -1) <= 0 && (levels[family] ?? -1) <= 0) {
    crossNames(plan, a, b, levels);
  }
  for (const at of own) compare(plan, a, b, at, levels);
  const vetoed = isOtherPerson(plan, levels, a, b);
  if (vetoed && !all) return true;
  for (const at of rest) compare(plan, a, b, at, levels);
  if ((levels[family] ?? -1) >= 2) for (const at of plan.emails) namedAddress(plan, a, b, at, levels);
  return vetoed;
}

function compare(plan: LevelPlan, a: MatchRecord, b: MatchRecord, at: number, levels: Int8Array): void {
  levels[at] = plan.compare[at]?.(a.at(at), b.at(at)) ?? -1;
}

/** An address made of the name is alike because the name is: two such that are not equal are two addresses. */
function namedAddress(plan: LevelPlan, a: MatchRecord, b: MatchRecord, email: number, levels: Int8Array): void {
  if (levels[email] !== 1) return;
  const name = a.at(plan.family).part;
  if (name.length > 1 && a.at(email).part.includes(name) && b.at(email).part.includes(name)) levels[email] = 0;
}

/**
 * Names that agree in no place may have changed places. Then the pair with the more usual given name in the place of the
 * given name is that of the given names.
 */
function crossNames({ given, family, compare }: LevelPlan, a: MatchRecord, b: MatchRecord, levels: Int8Array): void {
  const ag = a.at(given);
  const bg = b.at(given);
  const inPlace = ag.text !== '' && (bg.text === '' || ag.rarity >= bg.rarity);
  const one = inPlace ? a : b;
  const other = inPlace ? b : a;
  const asGiven = compare[given]?.(one.at(given), other.at(family)) ?? -1;
  const asFamily = compare[family]?.(one.at(family), other.at(given)) ?? -1;
  if (asGiven <= INITIAL && asFamily < 2) return;
  levels[given] = asGiven;
  levels[family] = asFamily;
}

/**
 * Two persons, whatever else agrees: the given names are different names (no nickname, initial or slip of each other; two
 * names that are both frequent are no slips). Surname and address only say that they live together, an address alone
 * that they share an office. Unless the birth date is equal too or a code is: then it is the name that is wrong.
 */
function isOtherPerson(plan: LevelPlan, levels: Int8Array, a: MatchRecord, b: MatchRecord): boolean {
  if (plan.given < 0) return false;
  const given = levels[plan.given] ?? -1;
  if (given < 0 || given > 1) return false;
  if (given === 1 && !areTwoNames(a.at(plan.given), b.at(plan.given))) return false;
  for (const at of plan.own) if (levels[at] === plan.tops[at]) return false;
  return true;
}
