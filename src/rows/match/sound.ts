const CODES: Readonly<Record<string, string>> = {
  b: '1', f: '1', p: '1', v: '1', w: '1',
  c: '2', g: '2', j: '2', k: '2', q: '2', s: '2', x: '2', z: '2',
  d: '3', t: '3',
  l: '4',
  m: '5', n: '5',
  r: '6',
};
const FIRST: readonly (readonly [RegExp, string])[] = [
  [/^(?:kn|gn|pn)/, 'n'],
  [/^wr/, 'r'],
  [/^(?:ph|v)/, 'f'],
  [/^(?:x|z|ts|cz)/, 's'],
  [/^(?:c(?=[eiy]))/, 's'],
  [/^(?:ch|c|q)/, 'k'],
  [/^(?:j|y)/, 'j'],
  [/^[aeiou]/, 'a'],
];

/**
 * A phonetic code of a folded word, after Soundex (Russell 1918) with the spellings of a first sound made one (PH and F,
 * C and K, KN and N, any vowel). Words of other scripts are their own code.
 */
export function soundOf(word: string): string {
  if (word === '') return '';
  const first = word.charCodeAt(0);
  if (first < 97 || first > 122) return word;
  let start = word;
  for (const [pattern, letter] of FIRST) {
    if (!pattern.test(start)) continue;
    start = start.replace(pattern, letter);
    break;
  }
  let code = start.charAt(0);
  let last = CODES[code] ?? '';
  for (let at = 1; at < start.length && code.length < 4; at++) {
    const letter = start.charAt(at);
    const digit = CODES[letter] ?? '';
    if (digit !== '' && digit !== last) code += digit;
    if (letter !== 'h' && letter !== 'w') last = digit;
  }
  return code;
}
