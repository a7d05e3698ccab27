import { wordsOf } from './fold.ts';

const TITLES: ReadonlySet<string> = new Set(
  'mr mrs ms miss dr prof professor sir madam herr frau ing dipl mag phd md jr sr ii iii bapak ibu hj drs'.split(' '),
);
const PARTICLES: ReadonlySet<string> = new Set(
  'van von der den de da di del della dos du la le el al bin binti ibn ter ten'.split(' '),
);

/** The parts of a person's full name, folded, in their order. */
export interface NameParts {
  readonly given: readonly string[];
  readonly family: readonly string[];
}

/** Family names of two characters; all others of these scripts have one. */
const OF_TWO: ReadonlySet<string> = new Set(
  (
    '欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 长孙 長孫 宇文 司徒 南宫 南宮 ' +
    '端木 独孤 獨孤 남궁 황보 제갈 선우 독고 사공'
  ).split(' '),
);
const EAST_ASIAN = /^(?:\p{Script=Han}[\s·]*){2,6}$|^(?:\p{Script=Hangul}\s*){2,6}$/u;
const BETWEEN_EAST_ASIAN = /[\s·]+/u;
const LONGEST_EAST_ASIAN = 24;

/**
 * A Chinese, Japanese or Korean name as its family name, which comes first, and what is given; null for any other. Without
 * a blank the first character is the family name, of four characters the first two are.
 */
function splitEastAsian(value: string): NameParts | null {
  if (value.length > LONGEST_EAST_ASIAN) return null;
  const name = value.normalize('NFC').trim();
  if (!EAST_ASIAN.test(name)) return null;
  const [first = '', ...others] = name.split(BETWEEN_EAST_ASIAN);
  if (others.length > 0) return { family: wordsOf(first), given: wordsOf(others.join('')) };
  const characters = Array.from(first);
  const start = characters.slice(0, 2).join('');
  const length = characters.length === 4 || (characters.length > 2 && OF_TWO.has(start)) ? 2 : 1;
  return { family: wordsOf(characters.slice(0, length).join('')), given: wordsOf(characters.slice(length).join('')) };
}

/** How many words a name has, in scripts that write none apart, too. */
export function countNameWords(value: string, words: readonly string[]): number {
  return words.length === 1 && splitEastAsian(value) !== null ? 2 : words.length;
}

/**
 * Splits a full name: "Last, First" at its comma, else the last word with the particles before it (van der Berg) is the
 * family name; a Chinese, Japanese or Korean one begins with it. Titles are left out. A single word is a family name.
 */
export function splitName(value: string): NameParts {
  const eastAsian = splitEastAsian(value);
  if (eastAsian !== null) return eastAsian;
  const comma = value.indexOf(',');
  if (comma > 0) {
    const family = named(value.slice(0, comma));
    const given = named(value.slice(comma + 1));
    if (family.length > 0 && given.length > 0) return { given, family };
  }
  const words = named(value);
  let start = words.length - 1;
  while (start > 1 && PARTICLES.has(words[start - 1] ?? '')) start--;
  return { given: words.slice(0, Math.max(0, start)), family: words.slice(Math.max(0, start)) };
}

function named(value: string): string[] {
  const words = wordsOf(value);
  const rest = words.filter((word) => !TITLES.has(word));
  return rest.length > 0 ? rest : words;
}
