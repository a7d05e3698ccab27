import { randomOf } from './random.ts';
import type { Random } from './random.ts';
import {
  COMPANIES,
  FIRST_NAMES,
  JOB_TITLES,
  LAST_NAMES,
  NICKNAMES,
  STREET_KINDS,
  STREETS,
  TOWNS,
} from './freescout-words.ts';

/** A person as he really is; rows of `customers` are what a help desk got to know of him. */
interface Person {
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string | null;
  readonly jobTitle: string | null;
  readonly phone: string;
  readonly address: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  readonly country: string;
}

/** A row of `customers`, its parts as they are before they are written as FreeScout writes them. */
export interface Customer {
  readonly id: number;
  /** The person behind it: rows with the same number are duplicates of each other. */
  readonly person: number;
  /** 0 is how the person was entered first, others are later entries with mistakes. */
  readonly copy: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  readonly jobTitle: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly city: string | null;
  readonly state: string;
  readonly zip: string;
  readonly country: string;
}

/**
 * How often the persons of a block of 25 rows occur in it: 17 once, two twice, one four times. So a fifth of all rows
 * are duplicates, and which rows belong together follows from their place alone.
 */
const OCCURRENCES: readonly number[] = [...Array.from({ length: 17 }, () => 1), 2, 2, 4];
const PLACES = OCCURRENCES.flatMap((times, person) =>
  Array.from({ length: times }, (_, copy) => ({ person, copy, times })),
);

const STREAM_PERSON = 1;
const STREAM_COPY = 2;

/** Which of a block's persons live with the one numbered 4: same surname, address and telephone, no duplicates. */
const HOUSEHOLD: ReadonlySet<number> = new Set([5, 6]);
const HOUSEHOLD_HEAD = 4;

function invent(seed: number, number: number): Person {
  const random = randomOf(seed, STREAM_PERSON, number);
  const place = random.pick(TOWNS);
  const company = random.chance(0.6) ? random.pick(COMPANIES) : null;
  return {
    firstName: random.pick(FIRST_NAMES),
    lastName: random.pick(LAST_NAMES),
    company,
    jobTitle: company !== null && random.chance(0.7) ? random.pick(JOB_TITLES) : null,
    phone: `+${place.dialling} ${100 + random.below(900)} ${100_000 + random.below(900_000)}`,
    address: `${1 + random.below(180)} ${random.pick(STREETS)} ${random.pick(STREET_KINDS)}`,
    city: place.city,
    state: place.state,
    zip: String(10_000 + random.below(90_000)),
    country: place.country,
  };
}

function person(seed: number, number: number): Person {
  const own = invent(seed, number);
  const inBlock = number % OCCURRENCES.length;
  if (!HOUSEHOLD.has(inBlock)) return own;
  const { lastName, phone, address, city, state, zip, country } = invent(seed, number - inBlock + HOUSEHOLD_HEAD);
  return { ...own, lastName, phone, address, city, state, zip, country };
}

/** A slip of the finger: a letter left out, doubled, swapped with the next or replaced. */
function mistype(text: string, random: Random): string {
  const letters = Array.from(text);
  const at = random.below(letters.length);
  const letter = letters[at] ?? '';
  const slips: readonly (() => void)[] = [
    () => letters.splice(at, 1),
    () => letters.splice(at, 0, letter),
    () => letters.splice(at, 2, letters[at + 1] ?? '', letter),
    () => letters.splice(at, 1, random.pick(['a', 'e', 'i', 'n', 'r', 's', 't'])),
  ];
  random.pick(slips)();
  return letters.join('');
}

/** What came of a person when he was entered again, one to three mistakes in. */
function misenter(original: Omit<Customer, 'id' | 'person' | 'copy'>, random: Random): typeof original {
  let entry = original;
  const first = original.firstName ?? '';
  const last = original.lastName ?? '';
  const mistakes: readonly (() => typeof entry)[] = [
    () => ({ ...entry, firstName: mistype(first, random) }),
    () => ({ ...entry, lastName: mistype(last, random) }),
    () => ({ ...entry, firstName: last, lastName: first }),
    () => ({ ...entry, firstName: NICKNAMES[first] ?? `${first.slice(0, 1)}.` }),
    () => ({ ...entry, firstName: first.toLowerCase(), lastName: last.toUpperCase() }),
    () => ({ ...entry, phone: (entry.phone ?? '').replace(/[+ ]/g, '').replace(/^/, '00') }),
    () => ({
      ...entry,
      phone: `+${random.pick(TOWNS).dialling} ${100 + random.below(900)} ${100_000 + random.below(900_000)}`,
    }),
    () => ({ ...entry, address: `${1 + random.below(180)} ${random.pick(STREETS)} ${random.pick(STREET_KINDS)}` }),
    () => ({ ...entry, company: null, jobTitle: null }),
    () => ({ ...entry, city: mistype(entry.city ?? '-', random) }),
  ];
  for (let count = 1 + random.below(3); count > 0; count--) entry = random.pick(mistakes)();
  return entry;
}

/** The customer at a place of the generated order; `id` is the number he is known by. */
export function customerAt(seed: number, place: number, id: number): Customer {
  const inBlock = PLACES[place % PLACES.length];
  if (inBlock === undefined) throw new Error(`no place ${place}`);
  const number = Math.floor(place / PLACES.length) * OCCURRENCES.length + inBlock.person;
  const original = person(seed, number);
  const random = randomOf(seed, STREAM_COPY, place);
  if (inBlock.copy > 0) return { id, person: number, copy: inBlock.copy, ...misenter(original, random) };
  const nameless = random.below(30);
  return {
    id,
    person: number,
    copy: 0,
    ...original,
    firstName: nameless === 0 ? null : original.firstName,
    lastName: nameless === 1 ? null : original.lastName,
    city: random.chance(0.02) ? null : original.city,
  };
}

/** Whether the row at a place is the only second entry of its person, so that it may repeat his e-mail but for case. */
export function isOnlyCopy(place: number): boolean {
  const inBlock = PLACES[place % PLACES.length];
  return inBlock !== undefined && inBlock.times === 2 && inBlock.copy === 1;
}
