import type { Random } from '../src/demo/random.ts';
import { address, digits, email } from './person.ts';
import type { Person } from './person.ts';
import { MAIL_DOMAINS, SHORT_FORMS, STREET_KINDS, SURNAMES } from './people-words.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** One slip of the keyboard: a letter changed, left out, doubled, or swapped with its neighbour. */
export function slip(random: Random, text: string): string {
  if (text.length < 3) return text;
  const at = 1 + random.below(text.length - 1);
  const letter = /\d/.test(text.charAt(at)) ? String(random.below(10)) : LETTERS.charAt(random.below(26));
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at) + letter + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + letter + text.slice(at);
    default:
      return text.slice(0, at - 1) + text.charAt(at) + text.charAt(at - 1) + text.slice(at + 1);
  }
}

const phoneFormats: readonly ((digits: string) => string)[] = [
  (d) => `+61 ${d.slice(1, 4)} ${d.slice(4, 7)} ${d.slice(7)}`,
  (d) => `(${d.slice(0, 4)}) ${d.slice(4, 7)}-${d.slice(7)}`,
  (d) => `${d.slice(0, 4)}.${d.slice(4, 7)}.${d.slice(7)}`,
];

/** The same things written in another way: what every second system does. */
function rewritten(person: Person, random: Random): void {
  const first = person.first_name;
  if (first !== null && random.chance(0.15)) person.first_name = SHORT_FORMS[first] ?? first;
  if (random.chance(0.2)) person.last_name = person.last_name?.toUpperCase() ?? null;
  if (random.chance(0.5)) person.phone = person.phone === null ? null : random.pick(phoneFormats)(person.phone);
  if (random.chance(0.4)) {
    const [long, short] = STREET_KINDS.find(([kind]) => person.street?.endsWith(kind)) ?? ['', ''];
    person.street = person.street?.replace(long, random.chance(0.5) ? `${short}.` : short) ?? null;
  }
  if (random.chance(0.2)) person.email = person.email?.toUpperCase() ?? null;
  if (random.chance(0.3)) person.company = person.company?.replace(/ (Pty Ltd|Inc\.|GmbH)$/, '') ?? null;
  const leave = (field: keyof Person, share: number): void => {
    if (random.chance(share)) person[field] = null;
  };
  leave('email', 0.15);
  leave('phone', 0.15);
  leave('birth_date', 0.2);
  leave('company', 0.3);
  leave('state', 0.2);
  leave('postcode', 0.1);
}

const damages: readonly ((person: Person, random: Random) => void)[] = [
  (p, r) => (p.first_name = p.first_name === null ? null : slip(r, p.first_name)),
  (p, r) => (p.last_name = p.last_name === null ? null : slip(r, p.last_name)),
  (p, r) => (p.street = p.street === null ? null : slip(r, p.street)),
  (p, r) => (p.city = p.city === null ? null : slip(r, p.city)),
  (p, r) => (p.postcode = p.postcode === null ? null : slip(r, p.postcode)),
  (p, r) => (p.phone = p.phone === null ? null : slip(r, p.phone)),
  (p, r) => (p.email = p.email === null ? null : slip(r, p.email)),
  (p, r) => (p.birth_date = p.birth_date === null ? null : slip(r, p.birth_date)),
  (p) => (p.birth_date = p.birth_date?.replace(/-(\d\d)-(\d\d)$/, '-$2-$1') ?? null),
  (p) => ([p.first_name, p.last_name] = [p.last_name, p.first_name]),
  (p) => (p.first_name = p.first_name === null ? null : `${p.first_name.charAt(0)}.`),
  (p, r) => (p.email = p.email?.replace(/@.*$/, `@${r.pick(MAIL_DOMAINS)}`) ?? null),
];

/** The same person as somebody else knows them. */
export function corrupted(
  person: Person,
  kind: 'clean' | 'slight' | 'hard',
  random: Random,
  taken: Set<string>,
): Person {
  const other = { ...person };
  if (kind === 'hard' && random.chance(0.12)) Object.assign(other, address(random));
  if (kind === 'hard' && random.chance(0.15)) other.phone = `04${digits(random, 8)}`;
  if (kind === 'hard' && random.chance(0.15))
    other.email = email(random, other.first_name ?? 'x', other.last_name ?? 'y', taken);
  if (kind === 'hard' && random.chance(0.03)) other.last_name = random.pick(SURNAMES);
  rewritten(other, random);
  if (kind === 'clean') return other;
  const times = kind === 'slight' ? random.below(2) : 1 + random.below(4);
  for (let time = 0; time < times; time++) random.pick(damages)(other, random);
  return other;
}
