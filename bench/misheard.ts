import { randomOf } from '../src/demo/random.ts';
import type { Random } from '../src/demo/random.ts';
import { people } from './people.ts';
import type { PeopleSet } from './people.ts';
import { PERSON_FIELDS, personOf } from './person.ts';
import type { Person } from './person.ts';

type Change = readonly [from: RegExp, to: string];

/** How names are heard over a telephone, and how a scanner reads print. */
const HEARD: readonly Change[] = [
  [/ph/i, 'f'],
  [/ie/i, 'ei'],
  [/ck/i, 'k'],
  [/([lnrst])\1/i, '$1'],
  [/([aeiou])([lnrst])([aeiou])/i, '$1$2$2$3'],
  [/y\b/i, 'ie'],
  [/c(?=[aou])/i, 'k'],
  [/w/i, 'v'],
];
const READ: readonly Change[] = [
  [/rn/i, 'm'],
  [/l/i, '1'],
  [/o/i, '0'],
  [/cl/i, 'd'],
  [/h/i, 'b'],
  [/5/, 'S'],
  [/8/, 'B'],
];

/** One of the changes that a text has a place for. */
export function changed(random: Random, text: string, changes: readonly Change[]): string {
  const fitting = changes.filter(([from]) => from.test(text));
  if (fitting.length === 0) return text;
  const [from, to] = random.pick(fitting);
  return text.replace(from, to);
}

export const heard = (random: Random, text: string): string => changed(random, text, HEARD);
export const scanned = (random: Random, text: string): string => changed(random, text, READ);

const swappedDigits = (random: Random, text: string): string => {
  const at = random.below(Math.max(1, text.length - 1));
  return text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
};

const WRONG: readonly ((person: Person, random: Random) => void)[] = [
  (p, r) => (p.first_name = p.first_name === null ? null : heard(r, p.first_name)),
  (p, r) => (p.last_name = p.last_name === null ? null : heard(r, p.last_name)),
  (p, r) => (p.last_name = p.last_name === null ? null : scanned(r, p.last_name)),
  (p, r) => (p.street = p.street === null ? null : scanned(r, p.street)),
  (p) => (p.first_name = p.first_name === null ? null : `${p.first_name} M.`),
  (p, r) => (p.last_name = p.last_name === null ? null : `${p.last_name}-${r.pick(['Hart', 'Wells', 'Moore'])}`),
  (p) => (p.street = p.street?.replace(/^(\d+) (.*)$/, '$2 $1') ?? null),
  (p, r) => (p.street = p.street?.replace(/^(\d+)/, `${1 + r.below(20)}/$1`) ?? null),
  (p, r) => (p.phone = p.phone === null ? null : swappedDigits(r, p.phone)),
  (p) => (p.birth_date = p.birth_date?.replace(/^(\d\d\d\d)-\d\d-\d\d$/, '$1-01-01') ?? null),
  (p) => (p.city = p.city?.slice(0, 4) ?? null),
];

/** The people of `people`, written cleanly, with the slips of those who hear and scan: none of them those of `hard`. */
export function misheard(existing: number, incoming: number, seed: number): PeopleSet {
  const set = people(existing, incoming, 'clean', seed);
  const rows = set.incoming.map((row, at) => {
    const random = randomOf(seed, 3, at);
    const person = personOf(row);
    for (let time = random.below(4); time > 0; time--) random.pick(WRONG)(person, random);
    return PERSON_FIELDS.map((name) => person[name]);
  });
  return { ...set, name: 'people, misheard and scanned', incoming: rows };
}
