import Fuse from 'fuse.js';

/** How a column's name points at a table: the more exact, the more likely that it refers to it. */
export type Likeness = 'exact' | 'with_role' | 'near';

/** A table's name split into words, each in the singular: `CustomerUsers` and `customer_users` are `customer user`. */
export function nameWords(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map(singular);
}

/** What a column that refers to something calls it: the words before `id` and its like; null for any other column. */
export function referredWords(column: string): string[] | null {
  const words = nameWords(column);
  const last = words.at(-1) ?? '';
  if (words.length > 1 && KEY_WORDS.has(last)) return words.slice(0, -1);
  if (words.length > 1 && words[0] === 'id') return words.slice(1);
  // All in one word: `customerid`, but not `paid` or `valid`.
  const [, stem] = /^(\p{L}{4,})id$/u.exec(last) ?? [];
  return stem === undefined ? null : [...words.slice(0, -1), singular(stem)];
}

/** How likely these words mean that table; null when they do not. */
export function likeness(words: readonly string[], table: readonly string[]): Likeness | null {
  const [wanted, name] = [words.join(' '), table.join(' ')];
  if (name === '') return null;
  if (wanted === name || wanted.replaceAll(' ', '') === name.replaceAll(' ', '')) return 'exact';
  if (wanted.endsWith(` ${name}`)) return 'with_role';
  return name.length >= 5 && wanted.length >= 5 && isNear(wanted, name) ? 'near' : null;
}

const KEY_WORDS = new Set(['id', 'uuid', 'guid', 'key', 'code', 'no', 'number', 'nr', 'ref', 'fk', 'pk']);

/** A slip of the pen or an abbreviation, not another word: the same beginning and nearly the same letters. */
function isNear(wanted: string, name: string): boolean {
  if (wanted.slice(0, 3) !== name.slice(0, 3) || Math.abs(wanted.length - name.length) > 2) return false;
  const [found] = new Fuse([name], { includeScore: true, threshold: 0.25, ignoreLocation: true }).search(wanted);
  return found !== undefined;
}

function singular(word: string): string {
  if (/(ss|us|is)$/.test(word) || word.length < 4) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(ches|shes|sses|xes|zes)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}
