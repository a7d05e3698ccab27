import type { Trait } from './trait.ts';

/** Where the traits lie that do not speak independently of each other; -1 where there is none. */
export interface Dependencies {
  readonly family: number;
  readonly postcode: number;
  readonly city: number;
  readonly emails: readonly number[];
  /** States and countries, which follow from cities and postcodes. */
  readonly regions: readonly number[];
  /** All that says where something is. */
  readonly places: readonly number[];
  /** What is a person's own and not the household's; empty when the rows are not of persons. */
  readonly own: readonly number[];
}

const PLACES: ReadonlySet<string> = new Set(['street', 'city', 'postcode', 'region', 'country']);
const OWN: ReadonlySet<string> = new Set(['given', 'birth_date', 'email', 'code']);

export function dependencies(traits: readonly Trait[]): Dependencies {
  const all = (test: (trait: Trait) => boolean): number[] => traits.flatMap((trait, at) => (test(trait) ? [at] : []));
  const first = (test: (trait: Trait) => boolean): number => traits.findIndex(test);
  return {
    family: first((trait) => trait.kind === 'family'),
    postcode: first((trait) => trait.role === 'postcode'),
    city: first((trait) => trait.role === 'city'),
    emails: all((trait) => trait.kind === 'email'),
    regions: all((trait) => trait.role === 'region' || trait.role === 'country'),
    places: all((trait) => PLACES.has(trait.role)),
    own: traits.some((trait) => trait.kind === 'given') ? all((trait) => OWN.has(trait.role)) : [],
  };
}

const FURTHER_PLACE = 0.2;
const LIKELY_LOCAL_PART = 0.25;
const LIVING_TOGETHER = 2;

/**
 * Takes from the bits of a pair what one trait says again after another: who moved has another street, city, postcode and
 * state at once, so all but the strongest disagreement count a fifth; a city counts half when its postcode agreed, a state
 * or country nothing when either did; a local part alone follows from the name when the name agrees.
 */
export function discount(depend: Dependencies, bits: Float64Array, levels: Int8Array): void {
  let worst = 0;
  for (const at of depend.places) worst = Math.min(worst, bits[at] ?? 0);
  let kept = false;
  for (const at of depend.places) {
    const own = bits[at] ?? 0;
    if (own >= 0) continue;
    if (own === worst && !kept) kept = true;
    else bits[at] = own * FURTHER_PLACE;
  }
  const postcode = bits[depend.postcode] ?? 0;
  const city = bits[depend.city] ?? 0;
  if (postcode > 0 && city > 0) bits[depend.city] = city / 2;
  if (postcode > 0 || city > 0) for (const at of depend.regions) bits[at] = Math.min(0, bits[at] ?? 0);
  if ((levels[depend.family] ?? -1) < 2) return;
  for (const at of depend.emails) {
    const level = levels[at] ?? -1;
    if (level === 1 || level === 2) bits[at] = (bits[at] ?? 0) * LIKELY_LOCAL_PART;
  }
}

/**
 * The most bits that a pair of persons can have. Surname, address and phone prove a household; that two of one household
 * are one person must come from what is their own, on odds of four to one.
 */
export function provenPerson(depend: Dependencies, bits: Float64Array): number {
  if (depend.own.length === 0) return Number.POSITIVE_INFINITY;
  let own = LIVING_TOGETHER;
  for (const at of depend.own) own += bits[at] ?? 0;
  return own;
}
