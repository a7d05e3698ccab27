import { dateDigits } from './calendar-date.ts';
import { digitsOf, fold, wordsOf } from './fold.ts';
import { rootsOfName } from './nicknames.ts';
import { splitName } from './person-name.ts';
import { soundOf } from './sound.ts';
import { streetParts } from './street-words.ts';
import { companyWords, joinInitials } from './trade-words.ts';
import type { Trait } from './trait.ts';

/**
 * The value of a trait made ready to be compared. One shape for all kinds, so that the code that compares stays fast.
 * An empty `text` is a missing value.
 */
export interface Comparable {
  /** The normalised value: equal texts agree wholly. */
  readonly text: string;
  /** Its words, sorted, each once; for phones and e-mails the several values. */
  readonly words: readonly string[];
  /** How much each word tells, in bits; filled in from the statistics. */
  weights: readonly number[];
  /** House number, local part of an e-mail, first word of a given name. */
  readonly part: string;
  /** Phonetic code of a name or a street's longest word. */
  readonly sound: string;
  readonly roots: readonly string[];
  readonly value: number;
  /** Sum of the weights. */
  total: number;
  /** log2 of how frequent the text is among records: -10 is one in a thousand. */
  rarity: number;
  /** Seen so often that it is a value of its own, not somebody's slip. */
  known: boolean;
}

const NONE: readonly string[] = [];
const UNWEIGHED: readonly number[] = [];

function comparable(text: string, more: Partial<Comparable> = {}): Comparable {
  return {
    text,
    words: more.words ?? NONE,
    weights: UNWEIGHED,
    part: more.part ?? '',
    sound: more.sound ?? '',
    roots: more.roots ?? NONE,
    value: more.value ?? Number.NaN,
    total: 0,
    rarity: 0,
    known: false,
  };
}

export const MISSING: Comparable = comparable('');

/** Words that people write where they have nothing to say. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  '',
  '-',
  'n/a',
  'na',
  'none',
  'null',
  'nil',
  'unknown',
  '?',
  'nan',
  '.',
]);

/** Sorts a new array in place and drops what repeats; most have one word or two. */
function sortedSet(words: string[]): string[] {
  if (words.length < 2) return words;
  words.sort();
  return words.some((word, at) => word === words[at - 1]) ? words.filter((word, at) => word !== words[at - 1]) : words;
}

function given(words: readonly string[]): Comparable {
  const first = words[0] ?? '';
  return comparable(words.join(' '), { words, part: first, sound: soundOf(first), roots: rootsOfName(first) });
}

function family(words: readonly string[]): Comparable {
  return comparable(words.join(' '), {
    words,
    part: words.at(-1) ?? '',
    sound: soundOf(words.join('')),
    roots: rootsOfName(words[0] ?? ''),
  });
}

/** Addresses and numbers of one record that are compared. */
const MOST = 8;
const isAddress = (text: string): boolean => text.indexOf('@') > 0;

function email(values: readonly string[]): Comparable {
  const addresses = sortedSet(values.flatMap((value) => fold(value).split(/[\s,;<>]+/)).filter(isAddress)).slice(
    0,
    MOST,
  );
  const first = addresses[0] ?? '';
  return comparable(first, { words: addresses, part: first.slice(0, Math.max(0, first.lastIndexOf('@'))) });
}

/** Numbers by their last nine digits, which no country or trunk prefix changes. */
function phone(values: readonly string[]): Comparable {
  const numbers = values
    .flatMap((value) => value.split(/[,;\n]|\bext\.?|\bx(?=\d)/i))
    .map((value) => digitsOf(value).replace(/^0+/, '').slice(-9))
    .filter((digits) => digits.length >= 5);
  const all = sortedSet(numbers).slice(0, MOST);
  return comparable(all[0] ?? '', { words: all });
}

function words(found: string[]): Comparable {
  const all = sortedSet(found);
  return comparable(all.join(' '), { words: all });
}

function street(lines: readonly string[], numbers: readonly string[]): Comparable {
  const parts = lines.map(streetParts);
  const own = numbers
    .map((value) =>
      wordsOf(value)
        .join('')
        .replace(/^0+(?=.)/, ''),
    )
    .find((value) => value !== '');
  const number = own ?? parts.find((part) => part.number !== '')?.number ?? '';
  const all = sortedSet(parts.flatMap((part) => part.words));
  return comparable(number === '' && all.length === 0 ? '' : `${number} ${all.join(' ')}`, {
    words: all,
    part: number,
  });
}

function number(value: string): Comparable {
  const amount = Number.parseFloat(
    value
      .replaceAll(/[^\d.,-]/g, '')
      .replaceAll(/,(?=\d{3}(?:\D|$))/g, '')
      .replace(',', '.'),
  );
  return Number.isFinite(amount) ? comparable(String(amount), { value: amount }) : MISSING;
}

/** What is compared of a value: its beginning. */
const COMPARED = 2_000;
const LONGEST_PLACEHOLDER = 12;

/** What fields of a row say, those that say nothing left out. */
function told(row: readonly (string | null)[], indexes: readonly number[]): string[] {
  const values: string[] = [];
  for (const index of indexes) {
    const value = row[index];
    if (value === null || value === undefined) continue;
    if (value.length > COMPARED) values.push(value.slice(0, COMPARED));
    else if (value.length > LONGEST_PLACEHOLDER || !PLACEHOLDERS.has(value.trim().toLowerCase())) values.push(value);
  }
  return values;
}

/** The comparable value of a trait in a row, yet without what statistics add to it. */
export function comparableOf(trait: Trait, row: readonly (string | null)[]): Comparable {
  const values = told(row, trait.fields);
  if (values.length === 0 && trait.fallback >= 0) {
    const full = told(row, [trait.fallback])[0];
    if (full === undefined) return MISSING;
    const split = splitName(full);
    return trait.kind === 'given' ? given(split.given) : family(split.family);
  }
  if (trait.kind === 'street') return street(values, told(row, trait.numbers));
  const value = values[0];
  if (value === undefined) return MISSING;
  switch (trait.kind) {
    case 'given':
      return given(values.flatMap(wordsOf));
    case 'family':
      return family(values.flatMap(wordsOf));
    case 'email':
      return email(values);
    case 'phone':
      return phone(values);
    case 'words':
      return words(trait.role === 'company' ? companyWords(value) : joinInitials(wordsOf(value)));
    case 'place':
      return words(wordsOf(value));
    case 'postcode':
    case 'code': {
      const text = wordsOf(value).join('');
      return comparable(text);
    }
    case 'date':
      return comparable(dateDigits(value));
    case 'number':
    case 'year':
      return number(value);
  }
}
