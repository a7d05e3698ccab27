import { rootsOfName } from './nicknames.ts';
import { soundOf } from './sound.ts';

/** What is known of the values of a trait, over many records. */
export interface TermStatistics {
  /** log2 of how frequent a text is among records: -10 is one in a thousand. */
  rarityOf(text: string): number;
  /** From this rarity on a value is one of its own, not somebody's slip. */
  readonly knownFrom: number;
  /** How much a word tells, in bits. */
  bitsOf(word: string): number;
}

const NONE: readonly string[] = [];

/** What a value is made of besides its text. */
export interface Parts {
  readonly words?: readonly string[];
  readonly part?: string;
  readonly spoken?: string;
  readonly called?: string;
  readonly value?: number;
}

/**
 * The value of a trait made ready to be compared. One shape for all kinds, so that the code that compares stays fast; what
 * few comparisons ask for is found when it is asked for. An empty `text` is a missing value.
 */
export class Comparable {
  /** The normalised value: equal texts agree wholly. */
  readonly text: string;
  /** Its words, sorted, each once; for phones and e-mails the several values. */
  readonly words: readonly string[];
  /** House number, local part of an e-mail, first word of a given name. */
  readonly part: string;
  readonly value: number;
  readonly #spoken: string;
  readonly #called: string;
  readonly #statistics: TermStatistics | null;
  #sound: string | null = null;
  #roots: readonly string[] | null = null;
  #rarity = Number.NaN;
  #weights: readonly number[] | null = null;
  #total = 0;

  constructor(statistics: TermStatistics | null, text: string, parts: Parts) {
    this.text = text;
    this.words = parts.words ?? NONE;
    this.part = parts.part ?? '';
    this.value = parts.value ?? Number.NaN;
    this.#spoken = parts.spoken ?? '';
    this.#called = parts.called ?? '';
    this.#statistics = statistics;
  }

  /** Phonetic code of a name. */
  get sound(): string {
    return (this.#sound ??= soundOf(this.#spoken));
  }

  /** The full names a given name may stand for. */
  get roots(): readonly string[] {
    return (this.#roots ??= rootsOfName(this.#called));
  }

  /** log2 of how frequent the text is among records. */
  get rarity(): number {
    if (Number.isNaN(this.#rarity)) {
      this.#rarity = this.#statistics === null || this.text === '' ? 0 : this.#statistics.rarityOf(this.text);
    }
    return this.#rarity;
  }

  /** Seen so often that it is a value of its own, not somebody's slip. */
  get known(): boolean {
    return this.#statistics !== null && this.text !== '' && this.rarity >= this.#statistics.knownFrom;
  }

  /** How much each word tells, in bits. */
  get weights(): readonly number[] {
    if (this.#weights !== null) return this.#weights;
    const statistics = this.#statistics;
    const weights = this.words.map((word) => statistics?.bitsOf(word) ?? 0);
    this.#weights = weights;
    for (const weight of weights) this.#total += weight;
    return weights;
  }

  /** Sum of the weights. */
  get total(): number {
    if (this.#weights === null) void this.weights;
    return this.#total;
  }
}

export const MISSING: Comparable = new Comparable(null, '', {});
