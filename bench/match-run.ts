import { cluster } from '../src/rows/match/cluster.ts';
import type { Edge } from '../src/rows/match/cluster.ts';
import { buildKeyBlocks } from '../src/rows/match/key-blocks.ts';
import type { KeyBlocks } from '../src/rows/match/key-blocks.ts';
import { learn } from '../src/rows/match/learn.ts';
import { createMatcher } from '../src/rows/match/matcher.ts';
import type { Matcher, MatchRecord } from '../src/rows/match/matcher.ts';
import type { MatchModel } from '../src/rows/match/model.ts';
import type { LinkageSet } from './match-sets.ts';

/** How a set was matched. */
export interface MatchRun {
  readonly name: string;
  readonly records: number;
  readonly truePairs: number;
  readonly found: readonly (readonly [number, number])[];
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Share of the true pairs that are candidates at all. */
  readonly reachable: number;
  readonly candidatesPerRecord: number;
  readonly learnSeconds: number;
  readonly recordsPerSecond: number;
}

/** Candidates by key, in memory; a key that more than `most` records share is nobody's. */
class Candidates {
  readonly #blocks: KeyBlocks;
  readonly #seen: Int32Array;
  #stamp = 0;

  constructor(matcher: Matcher, records: readonly MatchRecord[]) {
    const keys = records.map((record) => Float64Array.from(matcher.keys(record)));
    this.#blocks = buildKeyBlocks(records.length, (record) => keys[record] ?? NO_KEYS);
    this.#seen = new Int32Array(records.length);
  }

  /** The records that share a key, each once, into `found`. */
  find(keys: readonly number[], found: number[]): void {
    this.#stamp++;
    found.length = 0;
    const { starts, members } = this.#blocks;
    for (const key of keys) {
      const block = this.#blocks.find(key);
      if (block < 0) continue;
      const end = starts[block + 1] ?? 0;
      const start = starts[block] ?? 0;
      if (end - start > BLOCK_LIMIT) continue;
      for (let at = start; at < end; at++) {
        const id = members[at] ?? 0;
        if (this.#seen[id] === this.#stamp) continue;
        this.#seen[id] = this.#stamp;
        found.push(id);
      }
    }
  }
}

const NO_KEYS = new Float64Array(0);

const BLOCK_LIMIT = 120;

/** CPU time of this process: on a machine that others use too, the clock tells of them. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

interface Found {
  readonly edges: Edge[];
  readonly links: [number, number][];
  candidates: number;
  readonly candidatePairs: Set<number>;
}

const probabilityOf = (bits: number): number => 1 / (1 + 2 ** -bits);

function findLinks(
  matcher: Matcher,
  existing: readonly MatchRecord[],
  index: Candidates,
  incoming: LinkageSet['rows'],
  threshold: number,
): Found {
  const found: Found = { edges: [], links: [], candidates: 0, candidatePairs: new Set() };
  const ids: number[] = [];
  incoming.forEach((row, at) => {
    const record = matcher.prepare(row);
    index.find(matcher.keys(record), ids);
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (const id of ids) {
      const other = existing[id];
      if (other === undefined) continue;
      const bits = matcher.bits(other, record);
      if (bits > most || (bits === most && id < best)) [best, most] = [id, bits];
      found.candidatePairs.add(id * 2 ** 26 + at);
    }
    found.candidates += ids.length;
    if (best >= 0 && probabilityOf(most) >= threshold) found.links.push([best, at]);
  });
  return found;
}

function findDuplicates(
  matcher: Matcher,
  records: readonly MatchRecord[],
  index: Candidates,
  threshold: number,
): Found {
  const found: Found = { edges: [], links: [], candidates: 0, candidatePairs: new Set() };
  const ids: number[] = [];
  records.forEach((record, at) => {
    index.find(matcher.keys(record), ids);
    for (const id of ids) {
      const other = records[id];
      if (id >= at || other === undefined) continue;
      const bits = matcher.bits(other, record);
      found.candidates++;
      found.candidatePairs.add(id * 2 ** 26 + at);
      if (bits === Number.NEGATIVE_INFINITY) found.edges.push({ a: `${id}`, b: `${at}`, probability: 0, vetoed: true });
      else if (bits > -7) found.edges.push({ a: `${id}`, b: `${at}`, probability: probabilityOf(bits) });
    }
  });
  for (const group of cluster(found.edges, threshold)) {
    const members = group.map(Number).toSorted((a, b) => a - b);
    members.forEach((a, i) => members.slice(i + 1).forEach((b) => found.links.push([a, b])));
  }
  return found;
}

/** Learns from a set and matches it: duplicates within one table, or the best record of one for each row of the other. */
export function runSet(
  set: LinkageSet,
  threshold: number,
  trained?: MatchModel,
): MatchRun & { readonly model: MatchModel } {
  const before = cpuMilliseconds();
  const model =
    trained ??
    learn({ fields: set.fields, rows: set.rows, ...(set.incoming === undefined ? {} : { incoming: set.incoming }) });
  const learned = cpuMilliseconds();
  const matcher = createMatcher(model);
  const existing = set.rows.map((row) => matcher.prepare(row));
  const index = new Candidates(matcher, existing);
  const ready = cpuMilliseconds();
  const found =
    set.incoming === undefined
      ? findDuplicates(matcher, existing, index, threshold)
      : findLinks(matcher, existing, index, set.incoming, threshold);
  const done = cpuMilliseconds();
  const id = ([a, b]: readonly [number, number]): number => a * 2 ** 26 + b;
  const truth = new Set(set.truth.map(id));
  const right = found.links.filter((pair) => truth.has(id(pair))).length;
  const precision = found.links.length === 0 ? 0 : right / found.links.length;
  const recall = truth.size === 0 ? 0 : right / truth.size;
  const worked = set.incoming?.length ?? set.rows.length;
  const start = set.incoming === undefined ? learned : ready;
  return {
    model,
    name: set.name,
    records: worked,
    truePairs: truth.size,
    found: found.links,
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    reachable: [...truth].filter((pair) => found.candidatePairs.has(pair)).length / Math.max(1, truth.size),
    candidatesPerRecord: found.candidates / worked,
    learnSeconds: (learned - before) / 1000,
    recordsPerSecond: worked / ((done - start) / 1000),
  };
}
