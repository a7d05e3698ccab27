import { countLevels, priorM, risingBits, session, smoothed } from './estimate.ts';
import type { ExpectedCounts, LevelTable } from './estimate.ts';
import { levelPlan, pairLevels } from './pair-levels.ts';
import type { MatchRecord } from './match-record.ts';
import type { TraitWeights } from './model.ts';
import { TOP_LEVEL } from './trait.ts';
import type { Trait } from './trait.ts';
import { eachInTurns } from './turns.ts';
import type { Turns } from './turns.ts';
import { chances } from './usual.ts';

/** Fewer expected matches than these in a session say nothing of m. */
const FEW = 3;

/** Levels of pairs, of vetoed ones only when `all` are asked for; `chance` is filled in once u is known. */
export function* levelTable(
  traits: readonly Trait[],
  pairs: readonly (readonly [MatchRecord, MatchRecord])[],
  all: boolean,
): Turns<LevelTable> {
  const width = traits.length;
  const count = pairs.length;
  const table = {
    width,
    pairs: count,
    levels: new Int8Array(count * width),
    chance: new Float64Array(count * width),
    vetoed: new Uint8Array(count),
  };
  const plan = levelPlan(traits);
  yield* eachInTurns(pairs, ([a, b], pair) => {
    const levels = table.levels.subarray(pair * width, (pair + 1) * width);
    if (pairLevels(plan, a, b, levels, all)) table.vetoed[pair] = 1;
    for (let at = 0; at < width; at++) {
      if (levels[at] !== TOP_LEVEL[traits[at]?.kind ?? 'code']) continue;
      table.chance[pair * width + at] = Math.max(a.at(at).rarity, b.at(at).rarity);
    }
  });
  return table;
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

function* estimateM(
  traits: readonly Trait[],
  table: LevelTable,
  through: readonly (readonly number[])[],
  among: number,
): Turns<number[][]> {
  const start = traits.map((trait) => priorM(TOP_LEVEL[trait.kind]));
  const sessions = new Map<number, number[]>();
  through.forEach((sets, pair) => {
    for (const set of sets) {
      const own = sessions.get(set);
      if (own === undefined) sessions.set(set, [pair]);
      else own.push(pair);
    }
  });
  const total: ExpectedCounts = start.map((levels) => levels.map(() => 0));
  const all = traits.map((_, at) => at);
  const unknown = (): number[] => all.filter((at) => (total[at] ?? []).every((count) => count === 0));
  const learnFrom = (members: readonly number[], using: readonly number[], wanted: readonly number[]): void => {
    if (using.length < 2) return;
    const found = session(table, Int32Array.from(members), using, start);
    if (found.matches < FEW) return;
    for (const at of wanted) {
      total[at] = (total[at] ?? []).map((count, level) => count + (found.counts[at]?.[level] ?? 0));
    }
  };
  const ordered = [...sessions].toSorted((a, b) => a[0] - b[0]);
  for (const [through, members] of ordered) {
    yield;
    const left = dependsOn(traits, through);
    learnFrom(
      members,
      all.filter((at) => !left.has(at)),
      all,
    );
  }
  // With few traits all depend on each other: then on all but those of the key, better than on nothing.
  const untold = unknown();
  for (const [through, members] of untold.length === 0 ? [] : ordered) {
    yield;
    learnFrom(
      members,
      all.filter((at) => (through & (1 << at)) === 0),
      untold,
    );
  }
  // What no session could say anything of: all pairs and all traits, on the m that is known by then.
  const left = unknown();
  if (left.length > 0 && table.pairs > 0) {
    const known = start.map((levels, at) => smoothed(total[at] ?? [], levels));
    const found = session(table, Int32Array.from(through.keys()), all, known, Math.max(among, table.pairs));
    for (const at of left) total[at] = found.matches < FEW ? (total[at] ?? []) : (found.counts[at] ?? []);
  }
  return start.map((levels, at) => smoothed(total[at] ?? [], levels));
}

const LEAST_BITS = -9;

/**
 * Fellegi–Sunter weights of each trait: u from pairs taken at random, m from candidates, of which `through` names the
 * trait sets, as bits, of the keys each shares, and which were found `among` so many pairs.
 */
export function* learnWeights(
  traits: readonly Trait[],
  random: LevelTable,
  candidates: LevelTable,
  through: readonly (readonly number[])[],
  among: number,
): Turns<TraitWeights[]> {
  const u = traits.map(({ kind }, at) => chances(kind, countLevels(random, at, TOP_LEVEL[kind])));
  fillChances(candidates, traits, u);
  const estimated = yield* estimateM(traits, candidates, through, among);
  return estimated.map((m, at) => {
    const bits = risingBits(m, u[at] ?? []).map((found) => Math.max(LEAST_BITS, found));
    return { m, u: u[at] ?? [], bits, topBits: Math.log2(m.at(-1) ?? 1) };
  });
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
