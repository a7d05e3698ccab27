import { equalParts, isSwapped, wrongDigits } from './calendar-date.ts';
import { MISSING } from './comparable.ts';
import type { Comparable } from './comparable.ts';
import { wordLikeness } from './compare-words.ts';
import { isNickname } from './nicknames.ts';
import { editsWithin, isAlike, isTypo } from './similarity.ts';
import { TOP_LEVEL } from './trait.ts';
import type { TraitKind } from './trait.ts';

/** Both are frequent, and neither so much rarer that it may be the other with a slip: two names. */
export function areTwoNames(a: Comparable, b: Comparable): boolean {
  return a.known && b.known && Math.abs(a.rarity - b.rarity) < SLIP_BITS;
}

/** A slip of a frequent name is this much rarer than the name, in bits. */
const SLIP_BITS = 5;

/** The level of a given name of which one is but the initial: it says no more than one letter can. */
export const INITIAL = 2;

/** 5 equal; 4 nickname, or one name of several; 3 a slip; 2 an initial; 1 alike; 0 another name. */
function givenLevel(a: Comparable, b: Comparable): number {
  if (a.part.length === 1 || b.part.length === 1) return a.part.charCodeAt(0) === b.part.charCodeAt(0) ? INITIAL : 0;
  if (a.part === b.part) return 4;
  if (a.roots.length > 0 && isNickname(a.roots, b.roots)) return 4;
  if (a.words.length + b.words.length > 2 && (a.words.includes(b.part) || b.words.includes(a.part))) return 4;
  if (isTypo(a.part, b.part)) return areTwoNames(a, b) ? 1 : 3;
  if (isAlike(a.part, b.part, 0.86)) return 1;
  return a.sound === b.sound && !areTwoNames(a, b) ? 1 : 0;
}

/** 3 equal; 2 a slip, or one of two names; 1 alike; 0 another name. */
function familyLevel(a: Comparable, b: Comparable): number {
  if (isTypo(a.text, b.text)) return areTwoNames(a, b) ? 1 : 2;
  if (a.words.length + b.words.length > 2) {
    for (const word of a.words) if (word.length > 2 && b.words.includes(word)) return 2;
  }
  if (isAlike(a.text, b.text, 0.86)) return 1;
  return a.sound === b.sound && !areTwoNames(a, b) ? 1 : 0;
}

const DIGITS = /\d+/g;

/** 3 an equal address; 2 the same local part elsewhere, or a slip; 1 alike, or told apart by a number alone; 0 another. */
function emailLevel(a: Comparable, b: Comparable): number {
  for (const address of a.words) if (b.words.includes(address)) return 3;
  if (a.part === b.part && a.part.length >= 4) return 2;
  if (a.part.length < 5 || b.part.length < 5) return 0;
  if (editsWithin(a.text, b.text, 2) <= 2) return a.part.replace(DIGITS, '') === b.part.replace(DIGITS, '') ? 1 : 2;
  return isAlike(a.part, b.part, 0.92) ? 1 : 0;
}

function phoneLevel(a: Comparable, b: Comparable): number {
  let best = 0;
  for (const one of a.words) {
    for (const other of b.words) {
      if (one === other) return 3;
      const length = Math.min(one.length, other.length);
      if (length >= 7 && (one.endsWith(other) || other.endsWith(one))) return 3;
      if (length >= 7 && one.slice(-7) === other.slice(-7)) best = 2;
      else if (best < 1 && editsWithin(one, other, 1) === 1) best = 1;
    }
  }
  return best;
}

/** 5 equal; then how alike the words are. */
function wordsLevel(a: Comparable, b: Comparable): number {
  const alike = wordLikeness(a, b);
  return alike >= 0.86 ? 4 : alike >= 0.68 ? 3 : alike >= 0.5 ? 2 : alike >= 0.3 ? 1 : 0;
}

/** 5 number and street; 4 number and much of the street; 3 the street, a slip in the number or none; 2 the street; 1 some. */
function streetLevel(a: Comparable, b: Comparable): number {
  const sameNumber = a.part === b.part && a.part !== '';
  const alike = a.words.length === 0 && b.words.length === 0 ? (sameNumber ? 1 : 0) : wordLikeness(a, b);
  if (sameNumber) return alike >= 0.8 ? 5 : alike >= 0.4 ? 4 : 1;
  if (alike < 0.4) return 0;
  if (alike < 0.8) return 1;
  return a.part === '' || b.part === '' || editsWithin(a.part, b.part, 1) === 1 ? 3 : 2;
}

function placeLevel(a: Comparable, b: Comparable): number {
  if (isTypo(a.text, b.text)) return 2;
  if (a.text.length > 3 && b.text.length > 3 && isAlike(a.text, b.text, 0.93)) return 2;
  return wordLikeness(a, b) >= 0.4 ? 1 : 0;
}

function postcodeLevel(a: Comparable, b: Comparable): number {
  if (a.text.length >= 4 && b.text.length >= 4) {
    if (editsWithin(a.text, b.text, 1) === 1) return 2;
    if (a.text.startsWith(b.text.slice(0, 3))) return 1;
  }
  return 0;
}

function dateLevel(a: Comparable, b: Comparable): number {
  const wrong = wrongDigits(a.text, b.text);
  if (wrong === 1 || isSwapped(a.text, b.text)) return 3;
  const equal = equalParts(a.text, b.text);
  if (equal === 2 || wrong === 2) return 2;
  return equal === 1 && a.text.startsWith(b.text.slice(0, 4)) ? 1 : 0;
}

function numberLevel(a: Comparable, b: Comparable): number {
  const apart = Math.abs(a.value - b.value) / Math.max(Math.abs(a.value), Math.abs(b.value));
  return apart <= 0.05 ? 2 : apart <= 0.25 ? 1 : 0;
}

function codeLevel(a: Comparable, b: Comparable): number {
  const length = Math.min(a.text.length, b.text.length);
  if (length < 5) return 0;
  const edits = editsWithin(a.text, b.text, 2);
  if (edits === 1) return 2;
  return length >= 7 && (edits === 2 || a.text.startsWith(b.text) || b.text.startsWith(a.text)) ? 1 : 0;
}

function yearLevel(a: Comparable, b: Comparable): number {
  return Math.abs(a.value - b.value) <= 1 ? 1 : 0;
}

/** The level of agreement of two values that are there and not equal, of each kind; of equal ones its top. Symmetric. */
const LEVELS: Readonly<Record<TraitKind, (a: Comparable, b: Comparable) => number>> = {
  given: givenLevel,
  family: familyLevel,
  email: emailLevel,
  phone: phoneLevel,
  words: wordsLevel,
  street: streetLevel,
  place: placeLevel,
  postcode: postcodeLevel,
  date: dateLevel,
  number: numberLevel,
  year: yearLevel,
  code: codeLevel,
};

/** What compares values of a kind: the level of agreement, from 0 to its top; -1 when a value is missing. Symmetric. */
export function comparison(kind: TraitKind): (a: Comparable, b: Comparable) => number {
  const level = LEVELS[kind];
  const top = TOP_LEVEL[kind];
  return (a, b) => (a === MISSING || b === MISSING ? -1 : a === b || a.text === b.text ? top : level(a, b));
}
