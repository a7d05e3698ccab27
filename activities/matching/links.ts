import { linksOf } from '../../src/rows/match-pairs.ts';
import type { CandidatePair, Links } from '../../src/rows/match-pairs.ts';
import type { KeyHolders } from '../../src/rows/match-holders.ts';
import type { Unit } from '../../src/rows/match-units.ts';
import type { MatchRecord } from '../../src/rows/match/matcher.ts';
import { MANY } from '../../src/rows/match/candidate-rule.ts';
import type { RowValues } from '../../src/rows/packed-row.ts';
import type { KeyBlocks } from '../../src/rows/match/key-blocks.ts';
import type { Keyer } from '../../src/rows/match/keyer.ts';
import { askedKeys, findHolders } from '../../src/store/match/find-holders.ts';
import type { KeyedRecords } from '../../src/store/match/find-holders.ts';
import { extendLookUp, wantsLookUp } from '../../src/store/match/look-up.ts';
import { inMatchStep, inReading } from '../../src/store/match/match-step.ts';
import { recordContents } from '../../src/store/match/record-contents.ts';
import { unitsOf } from '../../src/store/match/units.ts';
import type { StoredUnit } from '../../src/store/match/units.ts';
import { pauseIn } from './pass.ts';
import type { Judging, MatchPass } from './pass.ts';

/** Units whose partners are read at once, and which are compared before others get their turn. */
const LOOKED_UP_AT_ONCE = 2_500;
const COMPARED_AT_ONCE = 1_000;

/** Records that are there, by their ids. */
export type RecordsById = ReadonlyMap<string, MatchRecord>;

/** What a unit is compared as. */
export type LinkedUnit = Pick<Unit, 'node' | 'record' | 'pinned'>;

/** Units that lie here: all of a job, or some. */
export interface UnitSlice {
  /** In the order of their numbers. */
  readonly units: readonly (LinkedUnit & Pick<Unit, 'keys'>)[];
  readonly numbers: readonly number[];
  readonly blocks: KeyBlocks;
  /** All units of the job that have keys of these. */
  readonly holders: KeyHolders<number>;
}

/** What is linked, and the records that are somebody's like. */
export interface Linked {
  readonly links: Links;
  readonly records: RecordsById;
}

/** Compares units with later ones and with records; what partners say is read while the units before are compared. */
export async function linkUnits(
  pass: MatchPass,
  judging: Judging,
  slice: UnitSlice,
  index: KeyedRecords | null,
): Promise<Linked> {
  const { pool, claim, target } = pass;
  const { units, numbers } = slice;
  const { matcher } = judging;
  const keyed = index && (await recordsOf(pass, slice, index));
  const here = new Map(numbers.map((number, at) => [number, units[at]]));
  const look = (from: number): Promise<Looked> => {
    const partners: Partners[] = [];
    for (let at = from; at < Math.min(units.length, from + LOOKED_UP_AT_ONCE); at++) {
      const [unit, number] = [units[at], numbers[at] ?? 0];
      if (unit === undefined) continue;
      partners.push({
        records: unit.pinned ? [] : (keyed?.partners(at + 1, unit) ?? []),
        units: laterOf(number, slice.holders.partners(at + 1, unit)),
      });
    }
    const elsewhere = new Set(partners.flatMap((some) => some.units.filter((number) => !here.has(number))));
    const ids = new Set(partners.flatMap((some) => some.records));
    const looked = inMatchStep(pool, claim, async (client) => ({
      partners,
      records: ids.size === 0 ? new Map() : preparedRecords(await recordContents(client, target, [...ids]), matcher),
      elsewhere:
        elsewhere.size === 0 ? new Map() : preparedUnits(await unitsOf(client, claim, [...elsewhere]), matcher),
    }));
    // It is awaited when its turn comes, unless what comes before fails first.
    looked.catch(() => undefined);
    return looked;
  };
  const links: Links = new Map();
  const linked = new Map<string, MatchRecord>();
  let next = look(0);
  for (let from = 0; from < units.length; from += LOOKED_UP_AT_ONCE) {
    const { partners, records, elsewhere } = await next;
    const end = Math.min(units.length, from + LOOKED_UP_AT_ONCE);
    if (end < units.length) next = look(end);
    const unit = (number: number): LinkedUnit | undefined => here.get(number) ?? elsewhere.get(number);
    for (let some = from; some < end; some += COMPARED_AT_ONCE) {
      const last = Math.min(end, some + COMPARED_AT_ONCE);
      const pairs = pairsOf(partners.slice(some - from, last - from), numbers.slice(some, last), unit);
      linksOf(pairs, { judge: judging.judge, records, unit }, links);
      await pauseIn(pass);
    }
    for (const [at, { records: ids }] of partners.entries()) {
      const node = units[from + at]?.node ?? '';
      for (const id of ids) {
        const link = node < id ? links.get(node)?.get(id) : links.get(id)?.get(node);
        const record = records.get(id);
        if (link && record && link.bits >= pass.limits.review) linked.set(id, record);
      }
    }
  }
  return { links, records: linked };
}

/** The records that have keys of units. */
async function recordsOf(
  { pool, claim, signal }: MatchPass,
  slice: UnitSlice,
  index: KeyedRecords,
): Promise<KeyHolders<string>> {
  const { blocks } = slice;
  const asked = askedKeys(blocks, freeBlocks(slice));
  for (let more = await inMatchStep(pool, claim, (client) => wantsLookUp(client, index, asked)); more;) {
    signal.throwIfAborted();
    more = await inMatchStep(pool, claim, (client) => extendLookUp(client, index.id));
  }
  return inReading(pool, (client) => findHolders(client, index, blocks, asked));
}

/** Blocks of a unit that is no record, which not too many units share: only those are held against records. */
function freeBlocks({ units, blocks: { starts, members }, holders }: UnitSlice): (block: number) => boolean {
  return (block) => {
    if (holders.count(block) > MANY) return false;
    for (let at = starts[block] ?? 0; at < (starts[block + 1] ?? 0); at++) {
      if (units[members[at] ?? -1]?.pinned === false) return true;
    }
    return false;
  };
}

const laterOf = (number: number, partners: readonly number[]): number[] =>
  partners.filter((other) => other > number).sort((a, b) => a - b);

/** Whom a unit is compared with. */
interface Partners {
  readonly records: readonly string[];
  readonly units: readonly number[];
}

interface Looked {
  /** Of one unit after the other. */
  readonly partners: readonly Partners[];
  readonly records: RecordsById;
  /** Later units that do not lie here. */
  readonly elsewhere: ReadonlyMap<number, LinkedUnit>;
}

/** Records made ready to be compared. */
export function preparedRecords(contents: ReadonlyMap<string, RowValues>, keyer: Keyer): Map<string, MatchRecord> {
  return new Map([...contents].map(([id, values]) => [id, keyer.prepare(values)]));
}

/** The same of units. */
export function preparedUnits(units: ReadonlyMap<number, StoredUnit>, keyer: Keyer): Map<number, LinkedUnit> {
  return new Map([...units].map(([number, unit]) => [number, { ...unit, record: keyer.prepare(unit.values) }]));
}

/** Pairs with records and with later units, in the order of units; of two that are records already there is none. */
function* pairsOf(
  partners: readonly Partners[],
  numbers: readonly number[],
  unitOf: (number: number) => LinkedUnit | undefined,
): Generator<CandidatePair, void, undefined> {
  for (const [at, { records, units }] of partners.entries()) {
    const unit = numbers[at] ?? 0;
    const isPinned = unitOf(unit)?.pinned === true;
    for (const recordId of records) yield { unit, otherUnit: 0, recordId };
    for (const otherUnit of units) {
      if (!isPinned || unitOf(otherUnit)?.pinned !== true) yield { unit, otherUnit, recordId: '' };
    }
  }
}
