import type { Service } from '../../src/domain/directory/columns.ts';
import type { GivenRow } from '../support/directory.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';

const WORDS = [
  'data',
  'sales',
  'artificial',
  'intelligence',
  'Ärzte',
  'node.js',
  'e-mail',
  'C3PO',
  '日本',
  'O’Brien',
  'x',
];
const COUNTRIES = ['united states', 'United States', 'germany', 'côte d’ivoire', 'ΕΛΛΆΔΑ'];
const LABELS = ['Technology', 'technology', 'Software', 'R&D', '"quoted", \\ and {braces}', 'Foods', '100%_'];
const NAMES = ['Doe', 'doe', 'Ångström', 'de la Cruz', 'Smith', 'Zoë', 'O’Brien', '%_\\'];

const uuidOf = (random: Seeded): string =>
  [8, 4, 4, 4, 12]
    .map((length) => Array.from({ length }, () => random.pick('0123456789abcdef'.split(''))).join(''))
    .join('-');
const some = <T>(random: Seeded, from: readonly T[], most: number): T[] => [
  ...new Set(Array.from({ length: random.between(1, most) }, () => random.pick(from))),
];
const phrase = (random: Seeded, most: number): string =>
  Array.from({ length: random.between(1, most) }, () => random.pick(WORDS)).join(random.pick([' ', ' ', '-', ', ']));
/** Often nothing, so that what rows without a value do is seen everywhere. */
const maybe = <T>(random: Seeded, value: () => T): T | null => (random.chance(0.2) ? null : value());
const moment = (random: Seeded): string =>
  `2024-0${random.between(1, 9)}-${random.between(10, 13)}T${random.between(10, 12)}:00:00.000Z`;
/** Finer than it is told. */
const stored = (random: Seeded): string => moment(random).replace('Z', `${random.between(100, 999)}Z`);

/** Rows with few different values, so that they meet in everything. */
export function randomRows(service: Service, count: number, seed: number): GivenRow[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const shared = {
      uuid: uuidOf(random),
      city: maybe(random, () => random.pick(['berlin', 'paris', 'new york'])),
      country: maybe(random, () => random.pick(COUNTRIES)),
      created_at: stored(random),
      updated_at: stored(random),
    };
    if (service === 'company') {
      return {
        ...shared,
        name: maybe(random, () => `${random.pick(NAMES)} ${phrase(random, 2)}`),
        employees_count: maybe(random, () => random.pick([0, 1, 10, 500, 500, 5000, -3])),
        industries: maybe(random, () => some(random, LABELS, 3)),
        keywords: maybe(random, () => Array.from({ length: random.between(1, 3) }, () => phrase(random, 3))),
        last_raised_at: maybe(random, () => `2024-0${random.between(1, 9)}-15`),
      };
    }
    return {
      ...shared,
      first_name: maybe(random, () => random.pick(NAMES)),
      last_name: maybe(random, () => random.pick(NAMES)),
      title: maybe(random, () => phrase(random, 4)),
      departments: maybe(random, () => some(random, LABELS, 3)),
      seniority: maybe(random, () => random.pick(['senior', 'manager', 'entry'])),
      email: maybe(random, () => `${random.pick(NAMES)}@example.com`),
    };
  });
}

const TEXTS: Readonly<Record<Service, readonly string[]>> = {
  company: ['name', 'keywords'],
  contact: ['first_name', 'last_name', 'title'],
};
const KEYWORDS: Readonly<Record<Service, Readonly<Record<string, readonly string[]>>>> = {
  company: { country: COUNTRIES, city: ['BERLIN', 'paris', 'rome'], industries: LABELS },
  contact: {
    country: COUNTRIES,
    seniority: ['Senior', 'manager', 'nobody'],
    departments: LABELS,
    email: NAMES.map((name) => `${name.toUpperCase()}@EXAMPLE.com`),
  },
};
const ORDERS: Readonly<Record<Service, readonly string[]>> = {
  company: ['name', 'employees_count', 'country', 'created_at', 'last_raised_at', 'uuid'],
  contact: ['first_name', 'last_name', 'title', 'seniority', 'created_at', 'updated_at', 'uuid'],
};

/** A query of any form: some parts, on some sides, in some order. */
export function randomQuery(service: Service, random: Seeded) {
  const text = () => ({
    filter_key: random.pick(TEXTS[service]),
    search_type: random.pick(['match', 'match_phrase', 'match_phrase_prefix'] as const),
    text_value: random.chance(0.3) ? random.pick(['art', 'da', 'ä', '!!', 'o']) : phrase(random, 2),
  });
  const keywords = () =>
    Object.fromEntries(
      some(random, Object.keys(KEYWORDS[service]), 2).map((key) => [
        key,
        some(random, KEYWORDS[service][key] ?? [], 3),
      ]),
    );
  const bound = (key: string): number | string => {
    if (key === 'employees_count') return random.pick([0, 1, 9.5, 500, 1e300, -1e300, 5000]);
    return key === 'last_raised_at' || random.chance(0.5) ? `2024-0${random.between(1, 9)}-15` : moment(random);
  };
  const ranges = () => {
    const keys =
      service === 'company' ? ['employees_count', 'created_at', 'last_raised_at'] : ['created_at', 'updated_at'];
    return Object.fromEntries(
      some(random, keys, 2).map((key) => [
        key,
        Object.fromEntries(some(random, ['gte', 'gt', 'lte', 'lt'], 2).map((operator) => [operator, bound(key)])),
      ]),
    );
  };
  const sides = <T>(make: () => T): { must?: T; must_not?: T } => ({
    ...(random.chance(0.6) ? { must: make() } : {}),
    ...(random.chance(0.3) ? { must_not: make() } : {}),
  });
  const order = some(random, ORDERS[service], 3).map((name) => ({
    order_by: name,
    ...(random.chance(0.8) ? { order_direction: random.pick(['asc', 'desc'] as const) } : {}),
  }));
  return {
    where: {
      ...(random.chance(0.5) ? { text_matches: sides(() => Array.from({ length: random.between(1, 2) }, text)) } : {}),
      ...(random.chance(0.6) ? { keyword_match: sides(keywords) } : {}),
      ...(random.chance(0.5) ? { range_query: sides(ranges) } : {}),
    },
    ...(random.chance(0.7) ? { order_by: order } : {}),
  };
}
