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

const CONTROLS = /[\p{Cc}\p{Cs}]+/gu;

/** Lower case without accents and ligatures, control characters and halves of characters as blanks; other scripts stay. */
export function fold(value: string): string {
  const lower = value.toLowerCase();
  if (ASCII_LOWER.test(lower)) return lower;
  return lower
    .replace(CONTROLS, ' ')
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(SPECIAL, (letter) => SPECIALS[letter] ?? letter);
}

/** The words of a text, folded, in their order: runs of letters and digits, an apostrophe inside one dropped. */
export function wordsOf(value: string): string[] {
  const lower = value.toLowerCase();
  const words: string[] = [];
  let start = -1;
  for (let at = 0; at < lower.length; at++) {
    const code = lower.charCodeAt(at);
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) {
      if (start < 0) start = at;
      continue;
    }
    if (code > 126 || code === 39 || code === 96) return wordsOfAnyScript(value);
    if (start >= 0) words.push(lower.slice(start, at));
    start = -1;
  }
  if (start >= 0) words.push(start === 0 ? lower : lower.slice(start));
  return words;
}

function wordsOfAnyScript(value: string): string[] {
  return fold(value)
    .replace(APOSTROPHES, '')
    .split(NOT_WORD)
    .filter((word) => word !== '');
}

/** The digits of a text. */
export function digitsOf(value: string): string {
  return value.replaceAll(/\D+/g, '');
}
