import type { Writing } from './writing.ts';

/** How well a text looks as if somebody had written it. */
export interface Fit {
  /** At most 1, for a text all of whose characters beyond ASCII are usual in one language; below 0 for rubbish. */
  readonly score: number;
  /** The language it looks most like. */
  readonly writing: string;
  /** Characters beyond ASCII. */
  readonly characters: number;
}

type Kind = 'letter' | 'ideograph' | 'punctuation' | 'symbol' | 'broken';

const LETTER = /[\p{L}\p{M}]/u;
const IDEOGRAPH = /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}ー]/u;
/** Written above or below a letter, one of them as a rule. */
const MARK = /\p{Mn}/u;
const LATIN = /\p{sc=Latin}/u;
/** Controls, private use, no character at all, half of one, and what stands for a byte without meaning. */
const BROKEN = /[\p{Cc}\p{Co}\p{Cn}\p{Cs}\uFFFD]/u;
const PUNCTUATION = /[“”„‚‘’–—…€£¥°§©®™«»‹›№·•¡¿ºª½¼¾²³µ\u00a0\u3000-\u303f\uff01-\uff60]/u;
/** What may stand between two letters of one word. */
const JOINS = /[’‐‑·\u00ad\u200c\u200d]/u;

const RARE = 0.5;
/** An ideograph that is not among those written most. */
const UNUSUAL_IDEOGRAPH = 0.3;
const PUNCTUATION_FITS = 0.6;
const BROKEN_COSTS = 2;
/** As much as so many characters counts what was thought before. */
const PRIOR_CHARACTERS = 2;

const kinds = new Map<string, Kind>();

function kindOf(character: string): Kind {
  const known = kinds.get(character);
  if (known !== undefined) return known;
  const kind = BROKEN.test(character)
    ? 'broken'
    : IDEOGRAPH.test(character)
      ? 'ideograph'
      : LETTER.test(character)
        ? 'letter'
        : PUNCTUATION.test(character)
          ? 'punctuation'
          : 'symbol';
  kinds.set(character, kind);
  return kind;
}

const isAsciiLetter = (character: string): boolean => /[A-Za-z]/.test(character);
const isSmallLetter = (character: string): boolean => /\p{Ll}/u.test(character);

/** What one character beyond ASCII costs by where it stands: what no writing has, such as a sign in mid-word. */
function cost(kind: Kind, character: string, last: string, after: string): number {
  if (kind === 'broken') return BROKEN_COSTS;
  const nextToAscii = isAsciiLetter(last) || isAsciiLetter(after);
  if (kind === 'ideograph') return nextToAscii ? 0.5 : 0;
  if (kind === 'letter') {
    const capitalInside =
      (isSmallLetter(last) && character !== character.toLowerCase()) ||
      (isSmallLetter(character) && /[A-Z]/.test(after));
    const markAlone = MARK.test(character) && !(LETTER.test(last) && !MARK.test(last));
    return (capitalInside || markAlone ? 1 : 0) + (nextToAscii && !LATIN.test(character) ? 1 : 0);
  }
  return LETTER.test(last) && LETTER.test(after) && !JOINS.test(character) ? 1 : 0;
}

/**
 * Judges a text by the characters beyond ASCII that each of the languages uses. Of few characters little can be told:
 * then it stays near what was thought of it before, from 0 to 1.
 */
export function fitOf(text: string, writings: readonly Writing[], before: number): Fit {
  const counts = new Map<string, number>();
  let characters = 0;
  let sum = 0;
  let last = '';
  const all = Array.from(text);
  for (const [index, character] of all.entries()) {
    if (character > '\u007f') {
      const kind = kindOf(character);
      characters += 1;
      sum -= cost(kind, character, last, all[index + 1] ?? '');
      if (kind === 'punctuation') sum += PUNCTUATION_FITS;
      const small = character.toLowerCase();
      const letter = small.length === character.length ? small : character;
      if (kind === 'letter' || kind === 'ideograph') counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    last = character;
  }
  let best = { score: Number.NEGATIVE_INFINITY, writing: '', characters };
  for (const { name, usual, rare } of writings) {
    let fitting = 0;
    for (const [letter, count] of counts) {
      const worth = usual.has(letter)
        ? 1
        : rare.has(letter)
          ? RARE
          : kindOf(letter) === 'ideograph'
            ? UNUSUAL_IDEOGRAPH
            : 0;
      fitting += worth * count;
    }
    const score = (sum + fitting + before * PRIOR_CHARACTERS) / (characters + PRIOR_CHARACTERS);
    if (score > best.score) best = { score, writing: name, characters };
  }
  return best;
}
