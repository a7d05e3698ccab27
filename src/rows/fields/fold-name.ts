/**
 * A name with case, accents, blanks and punctuation left out of account: `E-Mail`, `e_mail` and `email` are one. A name
 * that is nothing else stays as it is.
 */
export function foldName(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase();
  const folded = plain.replaceAll(/[^\p{L}\p{N}]+/gu, '');
  return folded === '' ? plain.trim() : folded;
}
