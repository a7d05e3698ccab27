import { cluster } from '../src/rows/match/cluster.ts';
import type { Edge } from '../src/rows/match/cluster.ts';
import { FEW, MANY } from '../src/rows/match/candidate-rule.ts';
import { buildKeyBlocks } from '../src/rows/match/key-blocks.ts';
import type { KeyBlocks } from '../src/rows/match/key-blocks.ts';
import { learn } from '../src/rows/match/learn.ts';
import { createMatcher } from '../src/rows/match/matcher.ts';
import type { Matcher, MatchRecord } from '../src/rows/match/matcher.ts';
import type { MatchModel } from '../src/rows/match/model.ts';
import type { LinkageSet } from './match-sets.ts';

/** Two records that were compared, by their numbers, and the log2 odds that they are the same. */
export interface ScoredPair {
  readonly a: number;
  readonly b: number;
  readonly bits: number;
}

/** How a set was matched. */
export interface MatchRun {
  readonly set: LinkageSet;
  readonly model: MatchModel;
  /** Pairs that are taken for the same thing. */
  readonly found: readonly (readonly [number, number])[];
  /** Every candidate that is not plainly something else. */
  readonly scored: readonly ScoredPair[];
  /** Share of the true pairs that are candidates at all. */
  readonly reachable: number;
  readonly candidatesPerRecord: number;
  /** CPU seconds. */
  readonly learning: number;
  readonly indexing: number;
  readonly matching: number;
}

const NO_KEYS = new Float64Array(0);

/** Odds below are not kept: less than one in a hundred. */
const LEAST_BITS = -7;

/** The keys of the records that are there, in memory, as the key table holds them in the product. */
class Candidates {
  readonly #blocks: KeyBlocks;
  readonly #seen: Int32Array;
  #stamp = 0;

  constructor(keys: readonly ArrayLike<number>[]) {
    this.#blocks = buildKeyBlocks(keys.length, (record) => keys[record] ?? NO_KEYS);
    this.#seen = new Int32Array(keys.length);
  }

  /** Whether a key leads to a record. */
  leads(key: number, record: number): boolean {
    const block = this.#blocks.find(key);
    if (block < 0) return false;
    const members = this.#blocks.members.subarray(this.#blocks.starts[block], this.#blocks.starts[block + 1]);
    return members.length <= MANY && members.includes(record);
  }

  /** The candidates of a record by its keys, each once, into `found`. */
  find(keys: readonly number[], found: number[]): void {
    this.#stamp++;
    found.length = 0;
    const { starts, members } = this.#blocks;
    for (const key of keys) {
      const block = this.#blocks.find(key);
      if (block < 0) continue;
      const end = starts[block + 1] ?? 0;
      const start = starts[block] ?? 0;
      if (end - start > MANY) continue;
      const few = end - start <= FEW;
      for (let at = start; at < end; at++) {
        const id = members[at] ?? 0;
        if (this.#seen[id] === this.#stamp) continue;
        const takes = few || this.#seen[id] === -this.#stamp;
        this.#seen[id] = takes ? this.#stamp : -this.#stamp;
        if (takes) found.push(id);
      }
    }
  }
}

/** CPU time of this process: on a machine that others use too, the clock tells of them. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const probabilityOf = (bits: number): number => 1 / (1 + 2 ** -bits);

/** Each incoming row with the record it is most like, when that is likely enough. */
function bestLinks(scored: readonly ScoredPair[], threshold: number): [number, number][] {
  const best = new Map<number, ScoredPair>();
  for (const pair of scored) {
    const known = best.get(pair.b);
    if (known === undefined || pair.bits > known.bits || (pair.bits === known.bits && pair.a < known.a))
      best.set(pair.b, pair);
  }
  return [...best.values()].filter(({ bits }) => probabilityOf(bits) >= threshold).map(({ a, b }) => [a, b]);
}

function clustered(scored: readonly ScoredPair[], threshold: number): [number, number][] {
  const edges = scored.map(({ a, b, bits }): Edge => {
    return { a: `${a}`, b: `${b}`, probability: probabilityOf(bits), vetoed: bits === Number.NEGATIVE_INFINITY };
  });
  return cluster(edges, threshold).flatMap((group) => {
    const members = group.map(Number).toSorted((a, b) => a - b);
    return members.flatMap((a, at) => members.slice(at + 1).map((b): [number, number] => [a, b]));
  });
}

/** How often each record that is there is compared: most of a million never are, and are made ready when they are. */
class Records {
  readonly #ready = new Map<number, MatchRecord>();
  readonly #matcher: Matcher;
  readonly #rows: LinkageSet['rows'];

  constructor(matcher: Matcher, rows: LinkageSet['rows']) {
    this.#matcher = matcher;
    this.#rows = rows;
  }

  get(id: number): MatchRecord {
    const known = this.#ready.get(id);
    if (known !== undefined) return known;
    const made = this.#matcher.prepare(this.#rows[id] ?? []);
    this.#ready.set(id, made);
    return made;
  }
}

/** Learns from a set and matches it: duplicates within one table, or the best record of one for each row of the other. */
export function runSet(set: LinkageSet, threshold: number): MatchRun {
  const before = cpuSeconds();
  const within = set.incoming === undefined;
  const model = learn({ fields: set.fields, rows: set.rows, ...(within ? {} : { incoming: set.incoming }) });
  const learned = cpuSeconds();
  const matcher = createMatcher(model);
  const keysOf = (row: LinkageSet['rows'][number]): number[] => matcher.keys(matcher.prepare(row));
  const index = new Candidates(set.rows.map((row) => Float64Array.from(keysOf(row))));
  const records = new Records(matcher, set.rows);
  const ready = cpuSeconds();
  const arriving = set.incoming ?? set.rows;
  const scored: ScoredPair[] = [];
  const ids: number[] = [];
  let candidates = 0;
  arriving.forEach((row, b) => {
    const record = matcher.prepare(row);
    index.find(matcher.keys(record), ids);
    for (const a of ids) {
      if (within && a >= b) continue;
      candidates++;
      const bits = matcher.bits(records.get(a), record, within ? 'within' : 'between');
      if (bits > LEAST_BITS || (within && bits === Number.NEGATIVE_INFINITY)) scored.push({ a, b, bits });
    }
  });
  const found = within ? clustered(scored, threshold) : bestLinks(scored, threshold);
  const done = cpuSeconds();
  const reached = set.truth.filter(([a, b]) => keysOf(arriving[b] ?? []).some((key) => index.leads(key, a)));
  return {
    set,
    model,
    found,
    scored,
    reachable: reached.length / Math.max(1, set.truth.length),
    candidatesPerRecord: candidates / arriving.length,
    learning: learned - before,
    indexing: ready - learned,
    matching: done - ready,
  };
}
