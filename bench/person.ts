import type { Random } from '../src/demo/random.ts';
import { CITIES, MAIL_DOMAINS, STREET_KINDS, STREET_NAMES } from './people-words.ts';

/** An invented person, as the fields of a customer. */
export interface Person {
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  phone: string | null;
  company: string | null;
  street: string | null;
  city: string | null;
  state: string | null;
  postcode: string | null;
  birth_date: string | null;
}

export const PERSON_FIELDS = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'company',
  'street',
  'city',
  'state',
  'postcode',
  'birth_date',
] as const;

/** Frequent things come first in their lists: the square of a fraction finds them more often. */
export const often = (random: Random, list: readonly string[]): string =>
  list[Math.floor(random.fraction() ** 2 * list.length)] ?? '';

export const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => String(random.below(10))).join('');

export function birthDate(random: Random): string {
  const day = new Date(Date.UTC(1935 + random.below(72), random.below(12), 1 + random.below(28)));
  return day.toISOString().slice(0, 10);
}

/** An address: street, city, state, postcode. */
export function address(random: Random): Pick<Person, 'street' | 'city' | 'state' | 'postcode'> {
  const [city, state] = random.pick(CITIES);
  const place = CITIES.findIndex(([name]) => name === city);
  const [kind] = random.pick(STREET_KINDS);
  return {
    street: `${1 + random.below(180)} ${random.pick(STREET_NAMES)} ${kind}`,
    city,
    state,
    postcode: String(2000 + place * 8 + random.below(8)),
  };
}

/** An e-mail address that nobody else has: `taken` are those given out. */
export function email(random: Random, first: string, last: string, taken: Set<string>): string {
  const [f, l] = [first.toLowerCase(), last.toLowerCase().replaceAll(/[^a-z]/g, '')];
  const local = random.pick([`${f}.${l}`, `${f}${l}`, `${f.charAt(0)}${l}`, `${f}.${l}`]);
  const domain = random.pick(MAIL_DOMAINS);
  let address = `${local}${random.chance(0.6) ? random.below(1000) : ''}@${domain}`;
  while (taken.has(address)) address = `${local}${random.below(100_000)}@${domain}`;
  taken.add(address);
  return address;
}

/** The person of a row whose columns are PERSON_FIELDS. */
export function personOf(row: readonly (string | null)[]): Person {
  const [first_name, last_name, email_, phone, company, street, city, state, postcode, birth_date] = row;
  const told = (value: string | null | undefined): string | null => value ?? null;
  return {
    first_name: told(first_name),
    last_name: told(last_name),
    email: told(email_),
    phone: told(phone),
    company: told(company),
    street: told(street),
    city: told(city),
    state: told(state),
    postcode: told(postcode),
    birth_date: told(birth_date),
  };
}
