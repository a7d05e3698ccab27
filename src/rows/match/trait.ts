import type { MatchField, Role } from './role.ts';

/** How the values of a trait are compared. */
export type TraitKind =
  | 'given'
  | 'family'
  | 'email'
  | 'phone'
  | 'words'
  | 'street'
  | 'place'
  | 'postcode'
  | 'date'
  | 'number'
  | 'year'
  | 'code';

/**
 * One thing that is compared, made of one field or several: a street of its number and two address lines, a surname of
 * its own field or else the full name.
 */
export interface Trait {
  readonly name: string;
  readonly kind: TraitKind;
  readonly role: Role;
  /** Indexes of its fields in a row. */
  readonly fields: readonly number[];
  /** For names: the field of the full name, taken when its own fields are empty; else -1. */
  readonly fallback: number;
  /** For a street: the fields that hold only the number. */
  readonly numbers: readonly number[];
}

/** Levels of agreement of each kind, from 0 (differs) to this one (equal). */
export const TOP_LEVEL: Readonly<Record<TraitKind, number>> = {
  given: 5,
  family: 3,
  email: 3,
  phone: 3,
  words: 5,
  street: 5,
  place: 3,
  postcode: 3,
  date: 4,
  number: 3,
  year: 2,
  code: 3,
};

const KIND_OF: Readonly<Partial<Record<Role, TraitKind>>> = {
  email: 'email',
  phone: 'phone',
  fax: 'phone',
  company: 'words',
  title: 'words',
  text: 'words',
  people: 'words',
  city: 'place',
  region: 'place',
  country: 'place',
  label: 'place',
  postcode: 'postcode',
  birth_date: 'date',
  date: 'date',
  number: 'number',
  year: 'year',
  code: 'code',
};

/** Roles of which all fields are one trait. */
const JOINED: ReadonlySet<Role> = new Set(['phone', 'email']);

/** The traits of rows whose fields have these roles, in the order of the fields, names first. */
export function traitsOf(fields: readonly MatchField[], roles: readonly Role[]): Trait[] {
  const at = (role: Role): number[] => roles.flatMap((found, index) => (found === role ? [index] : []));
  const traits: Trait[] = [];
  const fallback = at('name')[0] ?? -1;
  for (const role of ['given', 'family'] as const) {
    const own = at(role);
    if (own.length === 0 && fallback < 0) continue;
    traits.push({ name: `${role}_name`, kind: role, role, fields: own, fallback, numbers: [] });
  }
  const lines = at('street');
  const numbers = at('house_number');
  if (lines.length + numbers.length > 0) {
    traits.push({ name: 'street', kind: 'street', role: 'street', fields: lines, fallback: -1, numbers });
  }
  const joined = new Set<Role>();
  roles.forEach((role, index) => {
    const kind = KIND_OF[role];
    if (kind === undefined || joined.has(role)) return;
    if (JOINED.has(role)) joined.add(role);
    const own = JOINED.has(role) ? at(role) : [index];
    traits.push({ name: fields[index]?.name ?? role, kind, role, fields: own, fallback: -1, numbers: [] });
  });
  return traits;
}

/** Whether rows with these traits are of persons, of whom two may share a name and an address. */
export function areOfPersons(traits: readonly Pick<Trait, 'kind'>[]): boolean {
  return traits.some(({ kind }) => kind === 'given' || kind === 'family');
}
