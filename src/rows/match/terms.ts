import type { Comparable } from './comparable.ts';
import type { TraitKind } from './trait.ts';

/** How frequent the values of a trait are, as it is stored: only those that are frequent are named. */
export interface TermCounts {
  /** Records that have a value. */
  readonly records: number;
  readonly values: readonly (readonly [string, number])[];
  /** How often a value that is not named occurs, on average over its occurrences. */
  readonly otherValues: number;
  /** In how many records a word occurs. */
  readonly words: readonly (readonly [string, number])[];
  readonly otherWords: number;
}

const NAMED = 2_000;

function counted(counts: ReadonlyMap<string, number>): { named: [string, number][]; others: number } {
  const all = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const cut = all.findIndex(([, count], at) => at >= NAMED || count < 2);
  const named = cut < 0 ? all : all.slice(0, cut);
  const rest = cut < 0 ? [] : all.slice(cut);
  const occurrences = rest.reduce((sum, [, count]) => sum + count, 0);
  const squares = rest.reduce((sum, [, count]) => sum + count * count, 0);
  return { named, others: occurrences === 0 ? 1 : squares / occurrences };
}

/** Counts the values and words of a trait over records, in any order. */
export function countTerms(values: Iterable<Comparable>): TermCounts {
  const texts = new Map<string, number>();
  const words = new Map<string, number>();
  let records = 0;
  for (const value of values) {
    if (value.text === '') continue;
    records++;
    texts.set(value.text, (texts.get(value.text) ?? 0) + 1);
    for (const word of value.words) words.set(word, (words.get(word) ?? 0) + 1);
  }
  const byText = counted(texts);
  const byWord = counted(words);
  return { records, values: byText.named, otherValues: byText.others, words: byWord.named, otherWords: byWord.others };
}

/** Completes comparable values with what the statistics say of them. */
export type Weigh = (value: Comparable) => void;

/** Below this a value might be somebody's slip. */
const KNOWN_COUNT = 5;
const KNOWN_SHARE = 1e-4;
const LEAST_BITS = 0.25;

/** What completes the values of a trait; the frequency of a value leaves out one of its records, the one compared. */
export function weigher(kind: TraitKind, counts: TermCounts): Weigh {
  const records = Math.max(1, counts.records);
  const rarityOf = (count: number): number => Math.log2(Math.min(1, Math.max(count - 1, 0.5) / records));
  const rarities = new Map(counts.values.map(([text, count]) => [text, rarityOf(count)]));
  const otherRarity = rarityOf(counts.otherValues);
  const bitsOf = (count: number): number => Math.max(LEAST_BITS, Math.log2(records / Math.max(1, count)));
  const bits = new Map(counts.words.map(([word, count]) => [word, bitsOf(count)]));
  const otherBits = bitsOf(counts.otherWords);
  const knownFrom = Math.log2(Math.max(KNOWN_COUNT / records, KNOWN_SHARE));
  const weighsWords = kind === 'words' || kind === 'street' || kind === 'place';
  return (value) => {
    if (value.text === '') return;
    value.rarity = rarities.get(value.text) ?? otherRarity;
    value.known = value.rarity >= knownFrom;
    if (!weighsWords || value.weights.length > 0) return;
    let total = 0;
    value.weights = value.words.map((word) => {
      const found = word.length === 1 ? LEAST_BITS : (bits.get(word) ?? otherBits);
      total += found;
      return found;
    });
    value.total = total;
  };
}
