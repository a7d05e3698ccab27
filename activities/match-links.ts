import { laterPartners, linksOf } from '../src/rows/match-pairs.ts';
import type { CandidatePair, Links } from '../src/rows/match-pairs.ts';
import type { KeyHolders } from '../src/rows/match-holders.ts';
import type { Unit } from '../src/rows/match-units.ts';
import { MANY } from '../src/rows/match/candidate-rule.ts';
import { buildKeyBlocks } from '../src/rows/match/key-blocks.ts';
import type { KeyBlocks } from '../src/rows/match/key-blocks.ts';
import { askedKeys, findHolders } from '../src/store/match/find-holders.ts';
import { extendLookUp, wantsLookUp } from '../src/store/match/look-up.ts';
import { inMatchStep, inReading } from '../src/store/match/match-step.ts';
import { NO_RECORD, recordContents } from '../src/store/match/pairs.ts';
import type { SettledIndex } from './match-learn.ts';
import { pauseIn } from './match-pass.ts';
import type { MatchPass } from './match-pass.ts';

/** Units whose records are read at once, and which are compared before others get their turn. */
const LOOKED_UP_AT_ONCE = 5_000;
const COMPARED_AT_ONCE = 1_000;

type Contents = ReadonlyMap<string, readonly (string | null)[]>;

/** What is linked, and the compared values of records that are somebody's like. */
export interface Linked {
  readonly links: Links;
  readonly contents: Contents;
}

/** Compares units with each other and with records; what records say is read while the units before are compared. */
export async function linkUnits(pass: MatchPass, units: readonly Unit[], index: SettledIndex | null): Promise<Linked> {
  const { pool, claim, target } = pass;
  const blocks = buildKeyBlocks(units.length, (at) => units[at]?.keys ?? []);
  const judging = await inMatchStep(pool, claim, (client) => pass.judging(client));
  const holders = index && (await holdersOf(pass, units, blocks, index));
  const look = (from: number): Promise<Looked> => {
    const some = new Map<number, string[]>();
    if (holders === null) return Promise.resolve({ records: some, contents: new Map() });
    for (let number = from + 1; number <= Math.min(units.length, from + LOOKED_UP_AT_ONCE); number++) {
      const unit = units[number - 1];
      if (unit === undefined || unit.pinned) continue;
      const partners = holders.partners(number, unit);
      if (partners.length > 0)
        some.set(
          number,
          partners.map((record) => holders.ids[record] ?? ''),
        );
    }
    const looked = inMatchStep(pool, claim, async (client) => {
      const contents = await recordContents(client, target, [...new Set([...some.values()].flat())]);
      return { records: some, contents };
    });
    // It is awaited when its turn comes, unless what comes before fails first.
    looked.catch(() => undefined);
    return looked;
  };
  const links: Links = new Map();
  const linked = new Map<string, readonly (string | null)[]>();
  let next = look(0);
  for (let from = 0; from < units.length; from += LOOKED_UP_AT_ONCE) {
    const { records, contents } = await next;
    const end = Math.min(units.length, from + LOOKED_UP_AT_ONCE);
    if (end < units.length) next = look(end);
    const evidence = { ...judging, contents, unit: (number: number) => units[number - 1] };
    for (let some = from; some < end; some += COMPARED_AT_ONCE) {
      linksOf(pairsOf(records, units, blocks, [some, Math.min(end, some + COMPARED_AT_ONCE)]), evidence, links);
      await pauseIn(pass);
    }
    for (const [number, ids] of records) {
      const node = units[number - 1]?.node ?? '';
      for (const id of ids) {
        const link = node < id ? links.get(node)?.get(id) : links.get(id)?.get(node);
        const content = contents.get(id);
        if (link && content && link.bits >= pass.limits.review) linked.set(id, content);
      }
    }
  }
  return { links, contents: linked };
}

/** The records that have keys of units. */
async function holdersOf(
  { pool, claim, signal }: MatchPass,
  units: readonly Unit[],
  blocks: KeyBlocks,
  index: SettledIndex,
): Promise<KeyHolders> {
  const asked = askedKeys(blocks, freeBlocks(units, blocks));
  for (let more = await inMatchStep(pool, claim, (client) => wantsLookUp(client, index, asked)); more;) {
    signal.throwIfAborted();
    more = await inMatchStep(pool, claim, (client) => extendLookUp(client, index.id));
  }
  return inReading(pool, (client) => findHolders(client, index, blocks, asked));
}

/** Blocks of a unit that is no record: only those are held against records. */
function freeBlocks(units: readonly Unit[], { starts, members }: KeyBlocks): (block: number) => boolean {
  return (block) => {
    const [start, end] = [starts[block] ?? 0, starts[block + 1] ?? 0];
    if (end - start > MANY) return false;
    for (let at = start; at < end; at++) if (units[members[at] ?? -1]?.pinned === false) return true;
    return false;
  };
}

interface Looked {
  /** The records that units share keys with, by the numbers of the units, and what is compared of them. */
  readonly records: ReadonlyMap<number, readonly string[]>;
  readonly contents: Contents;
}

/** Pairs with records and with later units, in the order of units: of those after a number up to another. */
function* pairsOf(
  records: Looked['records'],
  units: readonly Unit[],
  blocks: KeyBlocks,
  [after, last]: readonly [number, number],
): Generator<CandidatePair, void, undefined> {
  for (let unit = after + 1; unit <= last; unit++) {
    for (const recordId of records.get(unit) ?? []) yield { unit, otherUnit: 0, recordId };
    for (const otherUnit of laterPartners(unit, units, blocks)) yield { unit, otherUnit, recordId: NO_RECORD };
  }
}
