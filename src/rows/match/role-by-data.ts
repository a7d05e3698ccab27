import { digitsOf, wordsOf } from './fold.ts';
import { rootsOfName } from './nicknames.ts';
import { countNameWords } from './person-name.ts';
import { OF_PEOPLE, roleByName } from './role.ts';
import type { MatchField, Role } from './role.ts';
import { endsAsCompany } from './trade-words.ts';

const EMAIL = /^[^\s@]+@[^\s@]+$/;
const PHONE = /^\+?[\d\s()./-]{7,20}$/;
/** Written as no number is: with a zero in front or something between. */
const NO_NUMBER = /^0|\D/;
const DATE = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}$/;
const NUMBER = /^[-+]?[$€£]?\s?\d[\d,.]*$/;
const YEAR = /^(?:1[5-9]|20)\d\d$/;

/** Characters of a value that its look is told by. */
const LOOKED_AT = 400;

/** What the values of a field look like; shares are of its non-empty values. */
export interface FieldShape {
  readonly filled: number;
  readonly distinct: number;
  readonly email: number;
  readonly phone: number;
  readonly date: number;
  readonly number: number;
  readonly year: number;
  readonly words: number;
  readonly givenNames: number;
  readonly digits: number;
  readonly legalForms: number;
}

/** Looks at values of one field, in any order. */
export function shapeOf(values: Iterable<string | null>): FieldShape {
  const seen = new Set<string>();
  let filled = 0;
  const counts = { email: 0, phone: 0, date: 0, number: 0, year: 0, words: 0, givenNames: 0, digits: 0, legalForms: 0 };
  for (const raw of values) {
    const value = raw?.slice(0, LOOKED_AT).trim() ?? '';
    if (value === '') continue;
    filled++;
    seen.add(value.toLowerCase());
    const words = wordsOf(value);
    counts.words += countNameWords(value, words);
    if (EMAIL.test(value)) counts.email++;
    if (DATE.test(value)) counts.date++;
    else if (PHONE.test(value) && digitsOf(value).length >= 7 && NO_NUMBER.test(value)) counts.phone++;
    if (NUMBER.test(value)) counts.number++;
    if (YEAR.test(value)) counts.year++;
    if (/\d/.test(value)) counts.digits++;
    if (endsAsCompany(words)) counts.legalForms++;
    if (words.length <= 4 && words.some((word) => rootsOfName(word).length > 0)) counts.givenNames++;
  }
  const share = (count: number): number => (filled === 0 ? 0 : count / filled);
  return {
    filled,
    distinct: share(seen.size),
    email: share(counts.email),
    phone: share(counts.phone),
    date: share(counts.date),
    number: share(counts.number),
    year: share(counts.year),
    words: share(counts.words),
    givenNames: share(counts.givenNames),
    digits: share(counts.digits),
    legalForms: share(counts.legalForms),
  };
}

/** Values of one field, whose shape is found when it is asked for: the names of most fields tell enough. */
export class FieldLook {
  readonly filled: boolean;
  readonly #values: readonly (string | null)[];
  #shape: FieldShape | null = null;

  constructor(values: readonly (string | null)[]) {
    this.#values = values;
    this.filled = values.some((value) => (value?.slice(0, LOOKED_AT).trim() ?? '') !== '');
  }

  get shape(): FieldShape {
    return (this.#shape ??= shapeOf(this.#values));
  }
}

/** The role of a field whose name says nothing. */
function roleByShape(shape: FieldShape): Role {
  if (shape.filled === 0) return 'ignored';
  if (shape.email > 0.7) return 'email';
  if (shape.date > 0.7) return 'date';
  if (shape.phone > 0.7) return 'phone';
  if (shape.year > 0.9) return 'year';
  const few = shape.distinct < 0.1;
  if (shape.number > 0.9) return few ? 'label' : shape.distinct > 0.6 ? 'code' : 'number';
  if (shape.words > 12) return 'text';
  if (few) return 'label';
  if (shape.words < 1.2 && shape.digits > 0.6) return 'code';
  return shape.words > 4 ? 'title' : 'company';
}

/**
 * The role of each field: what its name and type tell, else what its values look like. A plain `name` is a person's when
 * other fields are (a birth date, a surname), many of its values hold a usual given name, or what the rows become is made for
 * people and the values do not look like companies; else it is an organisation's or thing's.
 */
export function assignRoles(fields: readonly MatchField[], looks: readonly FieldLook[]): Role[] {
  const named = fields.map(roleByName);
  const persons = named.some((role, at) => role !== null && OF_PEOPLE.has(role) && looks[at]?.filled === true);
  return named.map((role, at) => {
    const look = looks[at];
    if (look?.filled !== true) return 'ignored';
    if (role !== null && !TOLD_BY_SHAPE.has(role)) return role;
    const { shape } = look;
    const ofPeople = shape.givenNames > 0.2 && shape.words < 4 && shape.digits < 0.05;
    if (role === 'name') return persons || ofPeople || mayBePeople(fields[at], shape) ? 'name' : 'company';
    if (role === null && ofPeople && shape.words > 1.5 && shape.distinct > 0.1) return 'name';
    if (role === 'title' && shape.distinct < 0.1) return 'label';
    if (role === 'year' && shape.number < 0.5) return 'label';
    if (role === 'company' && shape.words > 12) return 'text';
    return role ?? roleByShape(shape);
  });
}

/** Usual given names are those of few languages; where people are expected, names that could be theirs are. */
function mayBePeople(field: MatchField | undefined, { words, digits, legalForms }: FieldShape): boolean {
  return field?.ofPeople === true && words > 1.5 && words < 4 && digits < 0.3 && legalForms < 0.1;
}

/** Roles by name that the values may gainsay. */
const TOLD_BY_SHAPE: ReadonlySet<Role> = new Set(['name', 'title', 'year', 'company']);
