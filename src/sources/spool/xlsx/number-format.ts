/** What a cell's number format makes of its number: null is a plain number (currency, percent, scientific too). */
export type DateKind = 'date' | 'time' | 'datetime' | 'duration' | null;

/** Built-in formats that are dates everywhere or in the East Asian locales (ECMA-376 part 1, 18.8.30). */
function builtIn(id: number): DateKind {
  if (id === 22) return 'datetime';
  if (id === 46) return 'duration';
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return 'date';
  return (id >= 18 && id <= 21) || id === 45 || id === 47 ? 'time' : null;
}

const LITERALS = /"[^"]*"?|\\.|_.|\*./g;
const ELAPSED = /\[(?:h+|m+|s+)\]/i;
const BRACKETS = /\[[^\]]*\]?/g;

/** What numbers of this format are; `codes` has the workbook's own formats by their ids. */
export function dateKind(id: number, codes: ReadonlyMap<number, string>): DateKind {
  const code = codes.get(id);
  return code === undefined ? builtIn(id) : kindOfCode(code);
}

/** What a format code shows, by its first section (that of positive numbers). */
export function kindOfCode(code: string): DateKind {
  const first = code.replaceAll(LITERALS, '').split(';')[0] ?? '';
  if (/general/i.test(first)) return null;
  if (ELAPSED.test(first)) return 'duration';
  const plain = first.replaceAll(BRACKETS, '').toLowerCase();
  if (/[#0?]/.test(plain.replaceAll(/s[.,]0+/g, 's'))) return null;
  const time = /[hs]|am\/pm|a\/p/.test(plain);
  const rest = plain.replaceAll(/am\/pm|a\/p/g, '');
  const day = /[dye]/.test(rest) || (/m/.test(rest) && !time);
  if (day && time) return 'datetime';
  if (day) return 'date';
  return time ? 'time' : null;
}
