import type { Comparable, TermStatistics } from './comparable.ts';
import { hash53 } from './hash.ts';
import type { TraitKind } from './trait.ts';
import { rarityOf } from './usual.ts';

/** How frequent the values of a trait are, as it is stored: only those that are frequent are named. */
export interface TermCounts {
  /** Records that have a value. */
  readonly records: number;
  /** Which share of all records was counted. */
  readonly share: number;
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

const BY_WORDS: ReadonlySet<TraitKind> = new Set(['words', 'street', 'place']);
const LONGEST_TERM = 64;

/** A value as it is counted: a long one by its hash. */
const termOf = (text: string): string => (text.length <= LONGEST_TERM ? text : `#${hash53(text)}`);

/** Counts the values of a trait over records and, where they are compared by words, those; in any order. */
export class TermCounter {
  readonly #byWords: boolean;
  readonly #texts = new Map<string, number>();
  readonly #words = new Map<string, number>();
  #records = 0;

  constructor(kind: TraitKind) {
    this.#byWords = BY_WORDS.has(kind);
  }

  add(value: Comparable): void {
    if (value.text === '') return;
    this.#records++;
    const term = termOf(value.text);
    this.#texts.set(term, (this.#texts.get(term) ?? 0) + 1);
    if (!this.#byWords) return;
    for (const word of value.words)
      if (word.length <= LONGEST_TERM) this.#words.set(word, (this.#words.get(word) ?? 0) + 1);
  }

  /** What was counted, of a `share` of all records. */
  counts(share: number): TermCounts {
    const byText = counted(this.#texts);
    const byWord = counted(this.#words);
    return {
      records: this.#records,
      share,
      values: byText.named,
      otherValues: byText.others,
      words: byWord.named,
      otherWords: byWord.others,
    };
  }
}

/** Below this a value might be somebody's slip. */
const KNOWN_COUNT = 5;
const KNOWN_SHARE = 1e-4;
const LEAST_BITS = 0.25;

/** The statistics of a trait's values. */
export function termStatistics(kind: TraitKind, counts: TermCounts): TermStatistics {
  const records = Math.max(1, counts.records);
  const rarities = new Map(counts.values.map(([text, count]) => [text, rarityOf(kind, count, records, counts.share)]));
  const otherRarity = rarityOf(kind, counts.otherValues, records, counts.share);
  const bitsOf = (count: number): number => Math.max(LEAST_BITS, Math.log2(records / Math.max(1, count)));
  const bits = new Map(counts.words.map(([word, count]) => [word, bitsOf(count)]));
  const otherBits = bitsOf(counts.otherWords);
  return {
    rarityOf: (text) => rarities.get(termOf(text)) ?? otherRarity,
    knownFrom: Math.log2(Math.max(KNOWN_COUNT / records, KNOWN_SHARE)),
    bitsOf: (word) => (word.length === 1 ? LEAST_BITS : (bits.get(word) ?? otherBits)),
  };
}
