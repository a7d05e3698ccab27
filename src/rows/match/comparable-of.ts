import { dateDigits } from './calendar-date.ts';
import { Comparable, MISSING } from './comparable.ts';
import type { Parts, TermStatistics } from './comparable.ts';
import { digitsOf, fold, wordsOf } from './fold.ts';
import { splitName } from './person-name.ts';
import { streetParts } from './street-words.ts';
import { companyWords, joinInitials } from './trade-words.ts';
import type { Trait } from './trait.ts';

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

function email(values: readonly string[]): Draft {
  const addresses = sortedSet(values.flatMap((value) => fold(value).split(/[\s,;<>]+/)).filter(isAddress)).slice(
    0,
    MOST,
  );
  const first = addresses[0] ?? '';
  return [first, { words: addresses, part: first.slice(0, Math.max(0, first.lastIndexOf('@'))) }];
}

/** Numbers by their last nine digits, which no country or trunk prefix changes. */
function phone(values: readonly string[]): Draft {
  const numbers = values
    .flatMap((value) => value.split(/[,;\n]|\bext\.?|\bx(?=\d)/i))
    .map((value) => digitsOf(value).replace(/^0+/, '').slice(-9))
    .filter((digits) => digits.length >= 5);
  const all = sortedSet(numbers).slice(0, MOST);
  return [all[0] ?? '', { words: all }];
}

function words(found: string[]): Draft {
  const all = sortedSet(found);
  return [all.join(' '), { words: all }];
}

function street(lines: readonly string[], numbers: readonly string[]): Draft {
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

function draftOf(trait: Trait, row: readonly (string | null)[]): Draft {
  const values = told(row, trait.fields);
  if (values.length === 0 && trait.fallback >= 0) {
    const full = told(row, [trait.fallback])[0];
    if (full === undefined) return NOTHING;
    const split = splitName(full);
    return trait.kind === 'given' ? given(split.given) : family(split.family);
  }
  if (trait.kind === 'street') return street(values, told(row, trait.numbers));
  const value = values[0];
  if (value === undefined) return NOTHING;
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

/** The comparable value of a trait in a row; statistics of the trait's values where they are known already. */
export function comparableOf(
  trait: Trait,
  row: readonly (string | null)[],
  statistics: TermStatistics | null,
): Comparable {
  const [text, parts] = draftOf(trait, row);
  return text === '' ? MISSING : new Comparable(statistics, text, parts);
}
