import { eachLink } from '../../src/rows/match-pairs.ts';
import { buildKeyBlocks } from '../../src/rows/match/key-blocks.ts';
import { findUnits } from '../../src/store/match/find-holders.ts';
import type { KeyedRecords } from '../../src/store/match/find-holders.ts';
import { writeLinks } from '../../src/store/match/links.ts';
import { countRecords } from '../../src/store/match/match-index.ts';
import { inMatchStep, inReading, saveMatchState } from '../../src/store/match/match-step.ts';
import { nextUnits } from '../../src/store/match/units.ts';
import { MOST_BYTES, MOST_ROWS } from './at-once.ts';
import { linkUnits } from './links.ts';
import type { MatchPass } from './pass.ts';

const LINKS_AT_ONCE = 5_000;

interface ScorePosition {
  /** The number of the last unit that has been compared with what comes after it. */
  readonly after: number;
}

/**
 * Finds the pairs that share a key and keeps the links of those that say something: so many units at a time as have room
 * in memory are held against the keys of records and of all units.
 */
export async function scorePairs(pass: MatchPass, from: ScorePosition | null): Promise<void> {
  const { pool, claim, deps, signal, target, tell, part } = pass;
  const judging = await inMatchStep(pool, claim, (client) => pass.judging(client));
  const { matcher } = judging;
  await tell(`Looking for duplicates among ${part.target.spec.label}`);
  const index = await inMatchStep(pool, claim, async (client, { indexId: id }): Promise<KeyedRecords | null> =>
    id === null ? null : { id, records: await countRecords(client, target) },
  );
  // With 0 nothing is matched at once, however little it is.
  const most = { units: deps.matchRows || MOST_ROWS, bytes: MOST_BYTES };
  for (let after = from?.after ?? 0; ;) {
    signal.throwIfAborted();
    const begin = after;
    const stored = await inReading(pool, (client) => nextUnits(client, claim, begin, most));
    const units = stored.map((unit) => ({ ...unit, record: matcher.prepare(unit.values) }));
    const last = units.at(-1);
    if (!last) break;
    const blocks = buildKeyBlocks(units.length, (at) => units[at]?.keys ?? []);
    const holders = await inReading(pool, (client) => findUnits(client, claim, blocks));
    const slice = { units, numbers: units.map(({ number }) => number), blocks, holders };
    const { links } = await linkUnits(pass, judging, slice, index);
    const found = [...eachLink(links)];
    await inMatchStep(pool, claim, async (client) => {
      for (let some = 0; some < found.length; some += LINKS_AT_ONCE) {
        await writeLinks(client, claim, found.slice(some, some + LINKS_AT_ONCE));
      }
      await saveMatchState(client, claim, { phase: 'score', position: { after: last.number } });
    });
    after = last.number;
  }
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'label', position: null }));
}
