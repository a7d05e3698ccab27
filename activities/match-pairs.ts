import { bitsOf } from '../src/rows/likeness.ts';
import type { MatchRecord } from '../src/rows/match/matcher.ts';
import { unpackRow } from '../src/rows/packed-row.ts';
import { writeLinks } from '../src/store/match/links.ts';
import type { Link } from '../src/store/match/links.ts';
import { inMatchStep, saveMatchState } from '../src/store/match/match-step.ts';
import { countUnitKeys, KEY_SPACE, nextPairs, pairByKeys, recordContents } from '../src/store/match/pairs.ts';
import type { CandidatePair } from '../src/store/match/pairs.ts';
import { unitsOf } from '../src/store/match/units.ts';
import type { MatchPass } from './match-pass.ts';

/** Keys of rows that are looked for in one step. */
const KEYS_AT_ONCE = 200_000;
const PAIRS_AT_ONCE = 4_000;

/** Links of less, in percent, say no more than that two things were never compared. */
const LEAST_CONFIDENCE = 1;

interface PairPosition {
  readonly done: number;
  readonly of: number;
}

/** Finds the pairs that share a key: a range of keys at a time, since keys are spread evenly. */
export async function pairRows(
  { pool, claim, signal, tell, part }: MatchPass,
  from: PairPosition | null,
): Promise<void> {
  await tell(`Looking for duplicates among ${part.target.spec.label}`);
  let at = from;
  for (;;) {
    signal.throwIfAborted();
    const known: PairPosition | null = at;
    at = await inMatchStep(pool, claim, async (client, { indexId }) => {
      const of = known?.of ?? Math.max(1, Math.ceil((await countUnitKeys(client, claim)) / KEYS_AT_ONCE));
      const done = known?.done ?? 0;
      const bound = (at: number): number => Math.floor((KEY_SPACE / of) * at);
      await pairByKeys(client, claim, indexId, { from: bound(done), upTo: bound(done + 1) });
      const reached = { done: done + 1, of };
      const over = reached.done >= of;
      await saveMatchState(
        client,
        claim,
        over ? { phase: 'score', position: null } : { phase: 'pair', position: reached },
      );
      return over ? null : reached;
    });
    if (at === null) return;
  }
}

/** Judges the pairs and keeps those that say something. */
export async function scorePairs(pass: MatchPass, from: CandidatePair | null): Promise<void> {
  const { pool, claim, signal, tell, part } = pass;
  await tell(`Comparing rows with ${part.target.spec.label}`);
  for (let after: CandidatePair | null | undefined = from; after !== undefined;) {
    signal.throwIfAborted();
    const begin: CandidatePair | null = after;
    after = await inMatchStep(pool, claim, async (client) => {
      const pairs = await nextPairs(client, claim, begin, PAIRS_AT_ONCE);
      const last = pairs.at(-1);
      if (!last) {
        await saveMatchState(client, claim, { phase: 'label', position: null });
        return undefined;
      }
      await writeLinks(client, claim, await judged(pass, client, pairs));
      await saveMatchState(client, claim, { phase: 'score', position: last });
      return last;
    });
  }
}

type Client = Parameters<typeof nextPairs>[0];

async function judged(pass: MatchPass, client: Client, pairs: readonly CandidatePair[]): Promise<Link[]> {
  const { claim, target } = pass;
  const { matcher, judge } = await pass.judging(client);
  const units = await unitsOf(client, claim, [...new Set(pairs.flatMap(({ unit, otherUnit }) => [unit, otherUnit]))]);
  const contents = await recordContents(client, target, [
    ...new Set(pairs.flatMap(({ otherUnit, recordId }) => (otherUnit === 0 ? [recordId] : []))),
  ]);
  const prepared = new Map<number, MatchRecord>();
  for (const [number, { content }] of units) prepared.set(number, matcher.prepare(unpackRow(content)));
  const records = new Map<string, MatchRecord>();
  for (const [id, content] of contents) records.set(id, matcher.prepare(content));
  const links = new Map<string, Link>();
  for (const { unit, otherUnit, recordId } of pairs) {
    const [row, other] = [units.get(unit), units.get(otherUnit)];
    const [a, b] = [prepared.get(unit), otherUnit === 0 ? records.get(recordId) : prepared.get(otherUnit)];
    // A record may have been removed since its keys were read.
    if (row === undefined || a === undefined || b === undefined) continue;
    const otherNode = otherUnit === 0 ? recordId : (other?.node ?? '');
    if (row.node === otherNode) continue;
    const between = otherUnit === 0 || row.pinned || other?.pinned === true;
    const bits = judge.bits(a, b, between ? 'between' : 'within');
    if (bits < bitsOf(LEAST_CONFIDENCE) && bits !== Number.NEGATIVE_INFINITY) continue;
    const link: Link =
      row.node < otherNode
        ? { a: row.node, b: otherNode, bits, aUnit: unit, bUnit: otherUnit }
        : { a: otherNode, b: row.node, bits, aUnit: otherUnit, bUnit: unit };
    const known = links.get(`${link.a} ${link.b}`);
    if (known === undefined || known.bits < bits) links.set(`${link.a} ${link.b}`, link);
  }
  return [...links.values()];
}
