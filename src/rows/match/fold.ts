const ASCII_LOWER = /^[\n\r\t -@[-~]*$/;
const MARKS = /\p{M}+/gu;
const SPECIAL = /[ßøłđðþæœıħŋ]/g;
const SPECIALS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
  ŋ: 'n',
};
const APOSTROPHES = /['’`´]/g;
const NOT_WORD = /[^\p{L}\p{N}]+/u;
const NOT_WORD_ASCII = /[^a-z0-9]+/;

/** Lower case without accents and ligatures; other scripts stay as they are. */
export function fold(value: string): string {
  const lower = value.toLowerCase();
  if (ASCII_LOWER.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(SPECIAL, (letter) => SPECIALS[letter] ?? letter);
}

/** The words of a text, folded, in their order: runs of letters and digits, an apostrophe inside one dropped. */
export function wordsOf(value: string): string[] {
  const folded = fold(value).replace(APOSTROPHES, '');
  return folded.split(ASCII_LOWER.test(folded) ? NOT_WORD_ASCII : NOT_WORD).filter((word) => word !== '');
}

/** The digits of a text. */
export function digitsOf(value: string): string {
  return value.replaceAll(/\D+/g, '');
}
