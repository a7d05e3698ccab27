import { candidatePairs, crowdedKeys } from './candidate-pairs.ts';
import type { CandidatePairs, KeyedRecords } from './candidate-pairs.ts';
import { buildKeyBlocks } from './key-blocks.ts';
import type { KeyBlocks } from './key-blocks.ts';
import { keyPlan, recordKeys } from './keys.ts';
import { learnWeights, levelTable } from './learn-weights.ts';
import { preparer, preparerBy } from './match-record.ts';
import type { MatchRecord } from './match-record.ts';
import { pairScorer } from './pair-score.ts';
import { PLAN_VERSION } from './model.ts';
import type { MatchModel, MatchPlan } from './model.ts';
import { priorOf } from './prior.ts';
import type { PairSums } from './prior.ts';
import { assignRoles, FieldLook } from './role-by-data.ts';
import type { MatchField } from './role.ts';
import { sampleRows } from './sample.ts';
import type { Row, Sample } from './sample.ts';
import { TermCounter, termStatistics } from './terms.ts';
import { traitsOf } from './trait.ts';
import type { Trait } from './trait.ts';
import { atOnce, eachInTurns } from './turns.ts';
import type { Turns } from './turns.ts';

/** What a plan or a model is learned from. */
export interface LearnInput {
  readonly fields: readonly MatchField[];
  /** The records that are there, or the rows of one file whose duplicates are sought. */
  readonly rows: Iterable<Row>;
  /** Rows that come in, when pairs are sought between them and `rows`, and among themselves. */
  readonly incoming?: Iterable<Row>;
  /** A plan made before, whose keys are stored: only the weights are learned. Its fields are those of the rows. */
  readonly plan?: MatchPlan;
  /** Rows that are looked at, of each side; a sample that no order of the rows changes. 10,000. */
  readonly sample?: number;
  /** The most records that may share a key. 60. */
  readonly block?: number;
}

const SAMPLE = 10_000;
const BLOCK = 60;
/** A key that so many of a sample share is crowded at the least. */
const LEAST_CROWD = 3;
const PAIRS = 40_000;
/** Rows whose values are looked at for the roles of their fields. */
const LOOKED_AT = 4_000;
const RANDOM_PAIRS = 60_000;
const MOST_TRAITS = 30;

/**
 * Learns from rows alone, without labels, how to tell that two of them are the same thing: a plan (roles of the fields,
 * how frequent values are, crowded keys) unless there is one, and Fellegi–Sunter weights (u from random pairs, m by EM on
 * candidate pairs). The answer depends on which rows there are, not on their order nor on how often a row is repeated.
 */
export function learn(input: LearnInput): MatchModel {
  return atOnce(learning(input));
}

/** The same for whoever has to let others have their turn: it takes a second. */
export function* learning(input: LearnInput): Turns<MatchModel> {
  const { plan, records, keyed, index, from, total } = yield* planned(input);
  yield;
  const pairs = candidatePairs(keyed, index, new Set(plan.crowded), from, PAIRS);
  return yield* weighed(plan, records, pairs, from, total);
}

/** Learns a plan alone, for the records that are there. */
export function learnPlan(input: Omit<LearnInput, 'plan'>): MatchPlan {
  return atOnce(planned(input)).plan;
}

/** Records of a sample and their keys by a plan. */
interface Planned {
  readonly plan: MatchPlan;
  readonly records: readonly MatchRecord[];
  readonly keyed: KeyedRecords;
  readonly index: KeyBlocks;
  /** The first that comes in; 0 where every record is compared with every other: nobody is there, or it is one file. */
  readonly from: number;
  readonly total: number;
}

function* planned(input: LearnInput): Turns<Planned> {
  const most = input.sample ?? SAMPLE;
  const there = sampleRows(input.rows, most);
  const incoming = input.incoming === undefined ? null : sampleRows(input.incoming, most);
  const rows = incoming === null ? there.rows : [...there.rows, ...incoming.rows];
  const distinct = there.distinct + (incoming?.distinct ?? 0);
  const { plan: draft, records } =
    input.plan === undefined
      ? yield* drafted(input.fields, there, incoming, distinct)
      : { plan: input.plan, records: rows.map(preparer(input.plan)) };
  const keyed = yield* keysOf(draft.traits, records);
  const index = buildKeyBlocks(records.length, (at) => keyed.keys[at] ?? []);
  const plan = input.plan === undefined ? { ...draft, crowded: crowdOf(index, rows.length / distinct, input) } : draft;
  const from = incoming === null ? 0 : there.rows.length;
  return { plan, records, keyed, index, from, total: there.total + (incoming?.total ?? 0) };
}

/** A plan that knows no crowded keys yet, and the rows made ready by it. */
function* drafted(
  fields: readonly MatchField[],
  there: Sample,
  incoming: Sample | null,
  distinct: number,
): Turns<Pick<Planned, 'plan' | 'records'>> {
  const looked = [...there.rows.slice(0, LOOKED_AT), ...(incoming?.rows ?? []).slice(0, LOOKED_AT)];
  const looks = fields.map((_, at) => new FieldLook(looked.map((row) => row[at] ?? null)));
  const traits = traitsOf(fields, assignRoles(fields, looks)).slice(0, MOST_TRAITS);
  const rows = [...there.rows, ...(incoming?.rows ?? [])];
  // Values are made ready once: how frequent they are is known only then, and asked for only afterwards.
  const statistics = traits.map(({ kind }) => termStatistics(kind, new TermCounter(kind).counts(1)));
  const records = rows.map(preparerBy(traits, statistics));
  const counters = traits.map(({ kind }) => new TermCounter(kind));
  yield* eachInTurns(records, (record) => counters.forEach((counter, at) => counter.add(record.at(at))));
  const share = Math.min(1, rows.length / Math.max(1, distinct));
  const terms = counters.map((counter) => counter.counts(share));
  statistics.forEach((late, at) => {
    const [trait, counts] = [traits[at], terms[at]];
    if (trait && counts) Object.assign(late, termStatistics(trait.kind, counts));
  });
  const plan: MatchPlan = {
    version: PLAN_VERSION,
    fields: fields.map((field) => ({ ...field })),
    traits,
    terms,
    crowded: [],
    records: distinct,
  };
  return { plan, records };
}

/** A sample meets the less of a crowd the smaller it is. */
function crowdOf(index: KeyBlocks, share: number, input: LearnInput): number[] {
  return crowdedKeys(index, Math.max(LEAST_CROWD, (input.block ?? BLOCK) * Math.min(1, share)));
}

function* keysOf(traits: readonly Trait[], records: readonly MatchRecord[]): Turns<KeyedRecords> {
  const plan = keyPlan(traits);
  const keys: number[][] = [];
  const through: number[][] = [];
  yield* eachInTurns(records, (record) => {
    const own: number[] = [];
    const bits: number[] = [];
    recordKeys(plan, record, (key, made) => {
      own.push(key);
      bits.push(made);
    });
    keys.push(own);
    through.push(bits);
  });
  return { keys, traits: through };
}

type Pair = readonly [MatchRecord, MatchRecord];

/** Pairs at even distances in the order of the samples, which is by hash: as good as random, and always the same. */
function randomPairs(records: readonly MatchRecord[], from: number, most: number): Pair[] {
  const pairs: Pair[] = [];
  const later = records.length - from;
  for (let distance = 1; distance < records.length; distance++) {
    for (let at = 0; at < later; at++) {
      if (pairs.length >= most) return pairs;
      const a = records[from + at];
      const b = records[(from + at + distance) % records.length];
      if (a !== undefined && b !== undefined) pairs.push([a, b]);
    }
  }
  return pairs;
}

function pairsOf(records: readonly MatchRecord[], { first, second }: CandidatePairs): Pair[] {
  return Array.from(first, (a, at): Pair => {
    const [one, other] = [records[a], records[second[at] ?? -1]];
    if (one === undefined || other === undefined) throw new RangeError('a pair of records that are not there');
    return [one, other];
  });
}

function* weighed(
  plan: MatchPlan,
  records: readonly MatchRecord[],
  candidates: CandidatePairs,
  from: number,
  total: number,
): Turns<MatchModel> {
  const pairs = pairsOf(records, candidates);
  const later = records.length - from;
  const inner = (later * (later - 1)) / 2;
  const among = candidates.share * (inner + from * later);
  const chosen = randomPairs(records, from, Math.min(RANDOM_PAIRS, 6 * records.length));
  const random = yield* levelTable(plan.traits, chosen, true);
  const table = yield* levelTable(plan.traits, pairs, false);
  const weights = yield* learnWeights(plan.traits, random, table, candidates.through, among);
  const score = pairScorer(plan.traits, weights);
  const between: Mutable<PairSums> = { sums: [], most: [] };
  const within: Mutable<PairSums> = { sums: [], most: [] };
  yield* eachInTurns(pairs, ([a, b], at) => {
    const { sum, most } = score.pair(a, b);
    const into = (candidates.first[at] ?? 0) < from ? between : within;
    into.sums.push(sum);
    into.most.push(most);
  });
  const inside = priorOf(within, candidates.share, inner);
  const across = from === 0 ? inside : priorOf(between, candidates.share, from * later);
  return {
    ...plan,
    weights,
    priorBits: across.bits,
    priorBitsWithin: inside.bits,
    learnedFrom: {
      records: total,
      pairs: pairs.length,
      expectedMatches: Math.round(from === 0 ? inside.matches : inside.matches + across.matches),
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };
