import type { Keyer } from '../../src/rows/match/keyer.ts';
import type { ResultsInHand } from '../../src/store/match/results-in-hand.ts';
import type { DraftBatch } from '../chunks.ts';

/** What a match pass has in hand at its end, for the import that follows. */
export interface MatchedRows {
  /** Its rows as they were read, in the order of the source. */
  readonly batches: readonly DraftBatch[];
  /** The index of the target's records, where there are any, and what makes keys of it. */
  readonly indexId: number | null;
  readonly keyer: Keyer;
  /** Keys of rows, by their row keys. */
  readonly keys: ReadonlyMap<string, readonly number[]>;
  readonly results: ResultsInHand;
}

/** Where rows belong: a target of a job. */
interface Place {
  readonly jobId: string;
  readonly targetOrdinal: number;
}

/** Passes whose rows are kept at once: what they may be of has room in a worker besides what else it does. */
export const MOST_KEPT = 2;
/** An import follows at once, or was paused, or goes on in another process. */
export const KEPT_MS = 30_000;

const nameOf = ({ jobId, targetOrdinal }: Place): string => `${jobId} ${targetOrdinal}`;

/**
 * Rows that were read and made ready once and need not be so again, in the process that has done it. Nobody relies on
 * them: whoever finds none reads the source and makes ready what he needs.
 */
export class MatchMemory {
  readonly #kept = new Map<string, { readonly rows: MatchedRows; readonly timer: NodeJS.Timeout }>();

  keep(place: Place, rows: MatchedRows): void {
    this.take(place);
    for (const oldest of [...this.#kept.keys()].slice(0, Math.max(0, this.#kept.size - MOST_KEPT + 1)))
      this.#drop(oldest);
    const timer = setTimeout(() => this.take(place), KEPT_MS).unref();
    this.#kept.set(nameOf(place), { rows, timer });
  }

  /** Gives rows to the one who asks for them first. */
  take(place: Place): MatchedRows | null {
    const name = nameOf(place);
    const kept = this.#kept.get(name);
    this.#drop(name);
    return kept?.rows ?? null;
  }

  #drop(name: string): void {
    clearTimeout(this.#kept.get(name)?.timer);
    this.#kept.delete(name);
  }
}
