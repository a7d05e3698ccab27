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

/**
 * Splits a full name: "Last, First" at its comma, else the last word with the particles before it (van der Berg) is the
 * family name. Titles are left out. A single word is a family name.
 */
export function splitName(value: string): NameParts {
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
