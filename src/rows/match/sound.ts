/** The sound a word begins with: spellings of one sound are one letter, and how many letters spell it. */
function opening(word: string): readonly [string, number] {
  const second = word.charAt(1);
  switch (word.charAt(0)) {
    case 'k':
      return second === 'n' ? ['n', 2] : ['k', 1];
    case 'g':
      return second === 'n' ? ['n', 2] : ['g', 1];
    case 'p':
      return second === 'h' ? ['f', 2] : second === 'n' ? ['n', 2] : ['p', 1];
    case 'w':
      return second === 'r' ? ['r', 2] : ['w', 1];
    case 'v':
      return ['f', 1];
    case 'x':
    case 'z':
      return ['s', 1];
    case 't':
      return second === 's' ? ['s', 2] : ['t', 1];
    case 'c':
      if (second === 'h') return ['k', 2];
      if (second === 'z') return ['s', 2];
      return [second === 'e' || second === 'i' || second === 'y' ? 's' : 'k', 1];
    case 'q':
      return ['k', 1];
    case 'y':
      return ['j', 1];
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
      return ['a', 1];
    default:
      return [word.charAt(0), 1];
  }
}

const VOWEL_LIKE = 0;
/** Soundex digits of a to z: 0 parts equal sounds, 9 (h and w) does not. */
const DIGITS = Uint8Array.from('01230129022455012623019202', Number);

/**
 * A phonetic code of a folded word, after Soundex (Russell 1918) with the spellings of a first sound made one (PH and F,
 * C and K, KN and N, any vowel). Words of other scripts are their own code.
 */
export function soundOf(word: string): string {
  const first = word.charCodeAt(0);
  if (!(first >= 97 && first <= 122)) return word;
  const [letter, length] = opening(word);
  let code = letter;
  let last = DIGITS[letter.charCodeAt(0) - 97] ?? VOWEL_LIKE;
  for (let at = length; at < word.length && code.length < 4; at++) {
    const digit = DIGITS[word.charCodeAt(at) - 97] ?? VOWEL_LIKE;
    if (digit === 9) continue;
    if (digit !== VOWEL_LIKE && digit !== last) code += digit;
    last = digit;
  }
  return code;
}
