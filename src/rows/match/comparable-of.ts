import { dateDigits } from './calendar-date.ts';
import { Comparable, MISSING } from './comparable.ts';
import type { Parts, TermStatistics } from './comparable.ts';
import type { RowValues } from '../packed-row.ts';
import { digitsOf, fold, wordsOf } from './fold.ts';
import { splitName } from './person-name.ts';
import { streetParts } from './street-words.ts';
import { companyWords, joinInitials } from './trade-words.ts';
import { remembered } from './remembered.ts';
import type { Trait, TraitKind } from './trait.ts';

/** A value without what statistics tell of it. */
type Draft = readonly [text: string, parts: Parts];

const NOTHING: Draft = ['', {}];

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
  const [first = '', second = ''] = words;
  if (words.length === 2 && first !== second) return first < second ? words : [second, first];
  words.sort();
  return words.some((word, at) => word === words[at - 1]) ? words.filter((word, at) => word !== words[at - 1]) : words;
}

function given(words: readonly string[]): Draft {
  const first = words[0] ?? '';
  return [words.join(' '), { words, part: first, spoken: first, called: first }];
}

function family(words: readonly string[]): Draft {
  return [words.join(' '), { words, part: words.at(-1) ?? '', spoken: words.join(''), called: words[0] ?? '' }];
}

/** Addresses and numbers of one record that are compared. */
const MOST = 8;
const isAddress = (text: string): boolean => text.indexOf('@') > 0;
const BETWEEN_ADDRESSES = /[\s,;<>]+/;

function addressesOf(value: string): string[] {
  const folded = fold(value);
  return BETWEEN_ADDRESSES.test(folded)
    ? folded.split(BETWEEN_ADDRESSES).filter(isAddress)
    : [folded].filter(isAddress);
}

function email(values: readonly string[]): Draft {
  const found = values.length === 1 ? addressesOf(values[0] ?? '') : values.flatMap(addressesOf);
  const addresses = sortedSet(found).slice(0, MOST);
  const first = addresses[0] ?? '';
  return [first, { words: addresses, part: first.slice(0, Math.max(0, first.lastIndexOf('@'))) }];
}

const SEVERAL_NUMBERS = /[,;\nx]/i;
const BETWEEN_NUMBERS = /[,;\n]|\bext\.?|\bx(?=\d)/i;
const LEADING_ZEROS = /^0+/;

/** Numbers by their last nine digits, which no country or trunk prefix changes. */
function phone(values: readonly string[]): Draft {
  const written = values.some((value) => SEVERAL_NUMBERS.test(value))
    ? values.flatMap((value) => value.split(BETWEEN_NUMBERS))
    : values;
  const numbers = written
    .map((value) => digitsOf(value).replace(LEADING_ZEROS, '').slice(-9))
    .filter((digits) => digits.length >= 5);
  const all = sortedSet(numbers).slice(0, MOST);
  return [all[0] ?? '', { words: all }];
}

function words(found: string[]): Draft {
  const all = sortedSet(found);
  return [all.join(' '), { words: all }];
}

const numberOf = (value: string): string =>
  wordsOf(value)
    .join('')
    .replace(/^0+(?=.)/, '');

function street(lines: readonly string[], numbers: readonly string[]): Draft {
  const parts = lines.map(streetParts);
  const own = numbers.map(numberOf).find((value) => value !== '');
  const number = own ?? parts.find((part) => part.number !== '')?.number ?? '';
  const all = sortedSet(parts.length === 1 ? [...(parts[0]?.words ?? [])] : parts.flatMap((part) => part.words));
  return [number === '' && all.length === 0 ? '' : `${number} ${all.join(' ')}`, { words: all, part: number }];
}

function number(value: string): Draft {
  const amount = Number.parseFloat(
    value
      .replaceAll(/[^\d.,-]/g, '')
      .replaceAll(/,(?=\d{3}(?:\D|$))/g, '')
      .replace(',', '.'),
  );
  return Number.isFinite(amount) ? [String(amount), { value: amount }] : NOTHING;
}

/** What is compared of a value: its beginning. */
const COMPARED = 2_000;
const MAY_BE_PLACEHOLDER = /^[\s\-nu?.]/i;
const LONGEST_PLACEHOLDER = 12;

const isPlaceholder = (value: string): boolean =>
  value === '' ||
  (value.length <= LONGEST_PLACEHOLDER &&
    MAY_BE_PLACEHOLDER.test(value) &&
    PLACEHOLDERS.has(value.trim().toLowerCase()));

/** What fields of a row say, those that say nothing left out. */
function told(row: RowValues, indexes: readonly number[]): string[] {
  const values: string[] = [];
  for (const index of indexes) {
    const value = row.at(index);
    if (value === null || value === undefined) continue;
    if (value.length > COMPARED) values.push(value.slice(0, COMPARED));
    else if (!isPlaceholder(value)) values.push(value);
  }
  return values;
}

/** What values of the trait's own fields say; there is one at least, or a house number. */
function draftOf(trait: Trait, values: readonly string[], numbers: readonly string[]): Draft {
  if (trait.kind === 'street') return street(values, numbers);
  const value = values[0] ?? '';
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
      return [text, {}];
    }
    case 'date':
      return [dateDigits(value), {}];
    case 'number':
    case 'year':
      return number(value);
  }
}

/** Kinds whose values hardly come again: they are not remembered. */
const ONCE: ReadonlySet<TraitKind> = new Set(['email', 'phone', 'street', 'date', 'code', 'number']);

/**
 * What reads the comparable value of a trait from rows; statistics of the trait's values where they are known already.
 * A value that comes again is the same object, with all that was found of it.
 */
export function reader(trait: Trait, statistics: TermStatistics | null): (row: RowValues) => Comparable {
  const made = ([text, parts]: Draft): Comparable => (text === '' ? MISSING : new Comparable(statistics, text, parts));
  const ofValues = (values: readonly string[], numbers: readonly string[]): Comparable =>
    values.length + numbers.length === 0 ? MISSING : made(draftOf(trait, values, numbers));
  const one = remembered((value) => ofValues(told([value], FIRST), NOBODY));
  const single = trait.fields.length === 1 && !ONCE.has(trait.kind) ? (trait.fields[0] ?? -1) : -1;
  const own = (row: RowValues): Comparable => {
    if (single < 0) return ofValues(told(row, trait.fields), told(row, trait.numbers));
    const value = row.at(single) ?? '';
    return value === '' ? MISSING : one(value);
  };
  if (trait.fallback < 0) return own;
  const named = remembered((joined) =>
    made(trait.kind === 'given' ? given(joined.split(' ')) : family(joined.split(' '))),
  );
  return (row) => {
    const value = own(row);
    if (value !== MISSING) return value;
    const full = told(row, [trait.fallback])[0];
    if (full === undefined) return MISSING;
    const split = splitName(full);
    const words = trait.kind === 'given' ? split.given : split.family;
    return words.length === 0 ? MISSING : named(words.join(' '));
  };
}

const FIRST = [0];
const NOBODY: readonly string[] = [];
