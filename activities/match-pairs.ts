import type { PoolClient } from 'pg';
import { eachLink, linksOf } from '../src/rows/match-pairs.ts';
import type { CandidatePair } from '../src/rows/match-pairs.ts';
import type { Link } from '../src/rows/match-units.ts';
import { writeLinks } from '../src/store/match/links.ts';
import { inMatchStep, saveMatchState } from '../src/store/match/match-step.ts';
import { countUnitKeys, KEY_SPACE, nextPairs, pairByKeys, recordContents } from '../src/store/match/pairs.ts';
import { unitsOf } from '../src/store/match/units.ts';
import type { MatchPass } from './match-pass.ts';

/** Keys of rows that are looked for in one step. */
const KEYS_AT_ONCE = 200_000;
const PAIRS_AT_ONCE = 4_000;

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

async function judged(pass: MatchPass, client: PoolClient, pairs: readonly CandidatePair[]): Promise<Link[]> {
  const units = await unitsOf(client, pass.claim, [
    ...new Set(pairs.flatMap(({ unit, otherUnit }) => [unit, otherUnit])),
  ]);
  const contents = await recordContents(client, pass.target, recordsOf(pairs));
  const judging = await pass.judging(client);
  return [...eachLink(linksOf(pairs, { ...judging, contents, unit: (number) => units.get(number) }))];
}

/** The records of pairs, each once. */
function recordsOf(pairs: readonly CandidatePair[]): string[] {
  return [...new Set(pairs.flatMap(({ otherUnit, recordId }) => (otherUnit === 0 ? [recordId] : [])))];
}
