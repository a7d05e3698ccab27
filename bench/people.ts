import { randomOf } from '../src/demo/random.ts';
import type { Random } from '../src/demo/random.ts';
import type { LinkageSet } from './match-sets.ts';
import { corrupted } from './people-slips.ts';
import { COMPANIES, GIVEN_NAMES, SURNAMES } from './people-words.ts';
import { address, birthDate, digits, email, often, PERSON_FIELDS } from './person.ts';
import type { Person } from './person.ts';

/** A person alone, or one more of a household: same surname and address, often the same phone, another first name. */
function person(random: Random, taken: Set<string>, house?: { readonly people: readonly Person[] }): Person {
  const kin = house?.people[0];
  const last = kin?.last_name ?? often(random, SURNAMES);
  let first = often(random, GIVEN_NAMES);
  while (house?.people.some((other) => other.first_name === first)) first = often(random, GIVEN_NAMES);
  const home =
    kin === undefined
      ? address(random)
      : { street: kin.street, city: kin.city, state: kin.state, postcode: kin.postcode };
  return {
    first_name: first,
    last_name: last,
    email: random.chance(0.75) ? email(random, first, last, taken) : null,
    phone: kin !== undefined && random.chance(0.5) ? kin.phone : random.chance(0.85) ? `04${digits(random, 8)}` : null,
    company: random.chance(0.4) ? random.pick(COMPANIES) : null,
    ...home,
    birth_date: random.chance(0.7) ? birthDate(random) : null,
  };
}

const SHARE_SAME = 0.5;
const SHARE_KIN = 0.25;

/** A set with, besides, the incoming rows who only live with somebody who is there. */
export interface PeopleSet extends LinkageSet {
  readonly incoming: NonNullable<LinkageSet['incoming']>;
  readonly kin: ReadonlySet<number>;
}

/**
 * Invented people, the same for the same seed. Of the incoming, half are there already, written differently (`clean`:
 * other formats, nicknames, gaps; `hard`: slips, moves, swapped names besides), a quarter live with somebody who is there,
 * the rest are new. Four in ten of the existing live in households of two to four. Another `wave` is others who come in.
 */
export function people(
  existing: number,
  incoming: number,
  kind: 'clean' | 'hard',
  seed: number,
  wave: number = 0,
): PeopleSet {
  const there: Person[] = [];
  const taken = new Set<string>();
  const houses: Person[][] = [];
  for (let house = 0; there.length < existing; house++) {
    const random = randomOf(seed, 1, house);
    const members: Person[] = [person(random, taken)];
    const more = random.chance(0.2) ? 1 + random.below(3) : 0;
    for (let at = 0; at < more; at++) members.push(person(random, taken, { people: members }));
    houses.push(members);
    there.push(...members);
  }
  there.length = existing;
  const arriving: Person[] = [];
  const truth: [number, number][] = [];
  const kin = new Set<number>();
  const met = new Set<number>();
  for (let at = 0; at < incoming; at++) {
    const random = randomOf(seed, 2 + wave, at);
    const what = random.fraction();
    if (what < SHARE_SAME) {
      let who = random.below(existing);
      while (met.has(who) && met.size < existing) who = random.below(existing);
      met.add(who);
      const known = there[who];
      if (known === undefined) continue;
      truth.push([who, arriving.length]);
      arriving.push(corrupted(known, kind, random, taken));
    } else if (what < SHARE_SAME + SHARE_KIN) {
      kin.add(arriving.length);
      arriving.push(
        corrupted(
          person(random, taken, { people: random.pick(houses) }),
          kind === 'hard' ? 'slight' : 'clean',
          random,
          taken,
        ),
      );
    } else arriving.push(corrupted(person(random, taken), kind, random, taken));
  }
  const row = (one: Person): (string | null)[] => PERSON_FIELDS.map((name) => one[name]);
  return {
    name: `people, ${kind}`,
    fields: PERSON_FIELDS.map((name) => ({ name })),
    rows: there.map(row),
    incoming: arriving.map(row),
    truth,
    kin,
  };
}
