import { candidatePairs } from './candidate-pairs.ts';
import type { CandidatePairs, KeyedRecords } from './candidate-pairs.ts';
import { comparableOf } from './comparable.ts';
import type { Comparable } from './comparable.ts';
import { estimateU, priorM, risingBits, session, smoothed } from './estimate.ts';
import type { ExpectedCounts, LevelTable } from './estimate.ts';
import { keyPlan, recordKeys } from './keys.ts';
import { pairLevels } from './matcher.ts';
import type { MatchRecord } from './matcher.ts';
import { levelBits } from './model.ts';
import type { MatchModel, TraitWeights } from './model.ts';
import { assignRoles, shapeOf } from './role-by-data.ts';
import type { MatchField } from './role.ts';
import { sampleRows } from './sample.ts';
import type { Row } from './sample.ts';
import { countTerms, weigher } from './terms.ts';
import { TOP_LEVEL, traitsOf } from './trait.ts';
import type { Trait } from './trait.ts';
import { isOtherPerson, vetoPlan } from './veto.ts';

/** What a model is learned from. */
export interface LearnInput {
  readonly fields: readonly MatchField[];
  /** The records that are there, or the rows of one file whose duplicates are sought. */
  readonly rows: Iterable<Row>;
  /** Rows that come in, when pairs are sought between them and `rows`. */
  readonly incoming?: Iterable<Row>;
  /** Rows that are looked at, of each side; a sample that no order of the rows changes. 30,000. */
  readonly sample?: number;
  /** The most records that may share a key. 60. */
  readonly block?: number;
}

const SAMPLE = 30_000;
const BLOCK = 60;
const PAIRS = 100_000;
/** Rows whose values are looked at for the roles of their fields. */
const LOOKED_AT = 4_000;
const RANDOM_PAIRS = 200_000;
const MOST_TRAITS = 30;
/** Fewer expected matches than these in a session say nothing of m. */
const FEW = 3;

function keyed(traits: readonly Trait[], records: readonly MatchRecord[]): KeyedRecords {
  const plan = keyPlan(traits);
  const keys: number[][] = [];
  const through: number[][] = [];
  for (const record of records) {
    const own: number[] = [];
    const bits: number[] = [];
    recordKeys(plan, record, (key, made) => {
      own.push(key);
      bits.push(made);
    });
    keys.push(own);
    through.push(bits);
  }
  return { keys, traits: through };
}

/** Levels of pairs; `chance` is filled in once u is known. */
function levelTable(
  traits: readonly Trait[],
  pairs: Iterable<readonly [MatchRecord, MatchRecord]>,
  count: number,
): LevelTable {
  const width = traits.length;
  const table = {
    width,
    pairs: count,
    levels: new Int8Array(count * width),
    chance: new Float64Array(count * width),
    vetoed: new Uint8Array(count),
  };
  const veto = vetoPlan(traits);
  let pair = 0;
  for (const [a, b] of pairs) {
    const levels = table.levels.subarray(pair * width, (pair + 1) * width);
    pairLevels(traits, a, b, levels);
    if (isOtherPerson(veto, levels, a, b)) table.vetoed[pair] = 1;
    for (let at = 0; at < width; at++) {
      table.chance[pair * width + at] = Math.max(a[at]?.rarity ?? 0, b[at]?.rarity ?? 0);
    }
    pair++;
  }
  return table;
}

/** Pairs at even distances in the order of the samples, which is by hash: as good as random, and always the same. */
function* randomPairs(
  left: readonly MatchRecord[],
  right: readonly MatchRecord[] | null,
  count: number,
): Generator<readonly [MatchRecord, MatchRecord]> {
  const others = right ?? left;
  let made = 0;
  for (let distance = 1; made < count; distance++) {
    for (let at = 0; at < left.length && made < count; at++) {
      const a = left[at];
      const b = others[(at + distance) % others.length];
      if (a === undefined || b === undefined) return;
      made++;
      yield [a, b];
    }
  }
}

/** Traits that agree together for reasons of their own: in a session on one of them the others are not used. */
const GEOGRAPHY: ReadonlySet<string> = new Set(['street', 'city', 'postcode', 'region', 'country', 'phone', 'fax']);
const NAMING: ReadonlySet<string> = new Set(['given', 'family', 'email']);

function dependsOn(traits: readonly Trait[], through: number): Set<number> {
  const used = traits.flatMap((_, at) => ((through & (1 << at)) === 0 ? [] : [at]));
  const groups = [GEOGRAPHY, NAMING].filter((group) => used.some((at) => group.has(traits[at]?.role ?? 'ignored')));
  return new Set(
    traits.flatMap((trait, at) => (used.includes(at) || groups.some((group) => group.has(trait.role)) ? [at] : [])),
  );
}

function estimateM(traits: readonly Trait[], table: LevelTable, pairs: CandidatePairs): number[][] {
  const start = traits.map((trait) => priorM(TOP_LEVEL[trait.kind]));
  const sessions = new Map<number, number[]>();
  pairs.through.forEach((sets, pair) => {
    for (const set of sets) {
      const own = sessions.get(set);
      if (own === undefined) sessions.set(set, [pair]);
      else own.push(pair);
    }
  });
  const total: ExpectedCounts = start.map((levels) => levels.map(() => 0));
  const add = (found: ReturnType<typeof session>): void => {
    if (found.matches < FEW) return;
    found.counts.forEach((levels, trait) => {
      levels.forEach((count, level) => {
        const into = total[trait];
        if (into !== undefined) into[level] = (into[level] ?? 0) + count;
      });
    });
  };
  const all = traits.map((_, at) => at);
  for (const [through, members] of [...sessions].toSorted((a, b) => a[0] - b[0])) {
    const left = dependsOn(traits, through);
    const using = all.filter((at) => !left.has(at));
    if (using.length >= 2) add(session(table, Int32Array.from(members), using, start));
  }
  // What no session could say anything of: all pairs and all traits, on the m that is known by then.
  const unknown = all.filter((at) => (total[at] ?? []).every((count) => count === 0));
  if (unknown.length > 0 && pairs.left.length > 0) {
    const known = start.map((levels, at) => smoothed(total[at] ?? [], levels));
    const found = session(table, Int32Array.from(pairs.left.keys()), all, known);
    for (const at of unknown) total[at] = found.matches < FEW ? (total[at] ?? []) : (found.counts[at] ?? []);
  }
  return start.map((levels, at) => smoothed(total[at] ?? [], levels));
}

function weightsOf(m: readonly number[], u: readonly number[]): TraitWeights {
  return { m, u, bits: risingBits(m, u).map((bits) => Math.max(-9, bits)), topBits: Math.log2(m.at(-1) ?? 1) };
}

/** How many of all pairs are expected to be the same thing, by the weights and the candidates. */
function expectedMatches(
  table: LevelTable,
  weights: readonly TraitWeights[],
  traits: readonly Trait[],
  all: number,
): number {
  const sums = new Float64Array(table.pairs);
  for (let pair = 0; pair < table.pairs; pair++) {
    let bits = table.vetoed[pair] === 1 ? Number.NEGATIVE_INFINITY : 0;
    for (let at = 0; at < table.width; at++) {
      const level = table.levels[pair * table.width + at] ?? -1;
      const weight = weights[at];
      const kind = traits[at]?.kind;
      if (level < 0 || weight === undefined || kind === undefined) continue;
      const top = level === TOP_LEVEL[kind];
      bits += top
        ? Math.max(0, weight.topBits - (table.chance[pair * table.width + at] ?? 0))
        : levelBits(kind, weight, level);
    }
    sums[pair] = bits;
  }
  let matches = Math.max(1, all * 1e-6);
  for (let round = 0; round < 50; round++) {
    const prior = Math.log2(matches / Math.max(1, all - matches));
    let next = 0.5;
    for (const bits of sums) next += 1 / (1 + 2 ** -(bits + prior));
    if (Math.abs(next - matches) < 1e-3 * matches) return next;
    matches = next;
  }
  return matches;
}

/**
 * Learns from rows alone, without labels, how to tell that two of them are the same thing: roles of the fields, how
 * frequent values are, and Fellegi–Sunter weights (u from random pairs, m by EM on candidate pairs). The answer depends
 * on which rows there are, not on their order.
 */
export function learn(input: LearnInput): MatchModel {
  const most = input.sample ?? SAMPLE;
  const left = sampleRows(input.rows, most);
  const right = input.incoming === undefined ? null : sampleRows(input.incoming, most);
  // Nothing to compare with: the incoming rows among themselves.
  if (left.rows.length === 0 && right !== null) return learnFrom(input, right.rows, right.total, null, 0);
  return learnFrom(input, left.rows, left.total, right?.rows ?? null, right?.total ?? 0);
}

function learnFrom(
  input: LearnInput,
  leftRows: readonly Row[],
  leftTotal: number,
  rightRows: readonly Row[] | null,
  rightTotal: number,
): MatchModel {
  const some = [...leftRows.slice(0, LOOKED_AT), ...(rightRows ?? []).slice(0, LOOKED_AT)];
  const shapes = input.fields.map((_, at) => shapeOf(some.map((row) => row[at] ?? null)));
  const roles = assignRoles(input.fields, shapes);
  const traits = traitsOf(input.fields, roles).slice(0, MOST_TRAITS);
  const toRecord = (row: Row): Comparable[] => traits.map((trait) => comparableOf(trait, row));
  const left = leftRows.map(toRecord);
  const right = rightRows?.map(toRecord) ?? null;
  const everyone = right === null ? left : [...left, ...right];
  const terms = traits.map((_, at) => countTerms(everyone.flatMap((record) => record[at] ?? [])));
  traits.forEach((trait, at) => {
    const weigh = weigher(trait.kind, terms[at] ?? countTerms([]));
    for (const record of everyone) {
      const value = record[at];
      if (value !== undefined) weigh(value);
    }
  });

  const keyedLeft = keyed(traits, left);
  const keyedRight = right === null ? null : keyed(traits, right);
  // A sample meets the less of a block the smaller it is.
  const scale = Math.min(1, everyone.length / Math.max(1, leftTotal + rightTotal));
  const block = Math.max(3, (input.block ?? BLOCK) * scale);
  const pairs = candidatePairs(keyedLeft, keyedRight, block, PAIRS);

  const others = right ?? left;
  const possible = right === null ? (left.length * (left.length - 1)) / 2 : left.length * right.length;
  const random = levelTable(
    traits,
    [...randomPairs(left, right, Math.min(RANDOM_PAIRS, possible))],
    Math.min(RANDOM_PAIRS, possible),
  );
  const u = traits.map((trait, at) => estimateU(random, at, TOP_LEVEL[trait.kind]));
  const table = levelTable(
    traits,
    (function* both() {
      for (let pair = 0; pair < pairs.left.length; pair++) {
        const a = left[pairs.left[pair] ?? 0];
        const b = others[pairs.right[pair] ?? 0];
        if (a !== undefined && b !== undefined) yield [a, b] as const;
      }
    })(),
    pairs.left.length,
  );
  fillChances(table, traits, u);
  const m = estimateM(traits, table, pairs);
  const weights = m.map((levels, at) => weightsOf(levels, u[at] ?? []));
  const matches = Math.min(expectedMatches(table, weights, traits, possible * pairs.share) / pairs.share, possible / 2);
  return {
    version: 1,
    fields: input.fields.map((field) => ({ ...field })),
    traits,
    terms,
    weights,
    priorBits: possible === 0 ? 0 : Math.log2(matches / (possible - matches)),
    crowded: pairs.crowded,
    learnedFrom: { records: leftTotal + rightTotal, pairs: pairs.left.length, expectedMatches: Math.round(matches) },
  };
}

/** Below the top the chance of a level is u; at the top it is the rarity of the value, there already. */
function fillChances(table: LevelTable, traits: readonly Trait[], u: readonly (readonly number[])[]): void {
  for (let at = 0; at < traits.length; at++) {
    const top = TOP_LEVEL[traits[at]?.kind ?? 'words'];
    for (let pair = 0; pair < table.pairs; pair++) {
      const cell = pair * table.width + at;
      const level = table.levels[cell] ?? -1;
      if (level >= 0 && level < top) table.chance[cell] = Math.log2(u[at]?.[level] ?? 1);
    }
  }
}
