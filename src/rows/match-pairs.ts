import type { Judge } from './judge-pair.ts';
import { bitsOf } from './likeness.ts';
import type { Matcher, MatchRecord } from './match/matcher.ts';
import type { Link, Unit } from './match-units.ts';
import { unpackRow } from './packed-row.ts';

/** Two units, or a unit and a record, that share keys. */
export interface CandidatePair {
  readonly unit: number;
  /** 0 when the other one is a record. */
  readonly otherUnit: number;
  readonly recordId: string;
}

/** Links of less, in percent, say no more than that two things were never compared. */
const LEAST_CONFIDENCE = 1;
const LEAST_BITS = bitsOf(LEAST_CONFIDENCE);

/** What pairs are judged by. */
export interface Evidence {
  readonly matcher: Matcher;
  readonly judge: Judge;
  readonly unit: (number: number) => Pick<Unit, 'node' | 'content' | 'pinned'> | undefined;
  readonly contents: ReadonlyMap<string, readonly (string | null)[]>;
}

/** Links by their two nodes. */
export type Links = Map<string, Map<string, Link>>;

/** All of them, in the order of their making. */
export function* eachLink(links: Links): Generator<Link, void, undefined> {
  for (const own of links.values()) yield* own.values();
}

/** Judges pairs and adds the links that say something; of two units of the same nodes the stronger, or else the first. */
export function linksOf(
  pairs: Iterable<CandidatePair>,
  { matcher, judge, unit: unitOf, contents }: Evidence,
  links: Links = new Map(),
): Links {
  const prepared = new Map<number, MatchRecord | undefined>();
  const ofUnit = (number: number): MatchRecord | undefined => {
    const known = prepared.get(number);
    if (known !== undefined) return known;
    const found = unitOf(number);
    const made = found && matcher.prepare(unpackRow(found.content));
    prepared.set(number, made);
    return made;
  };
  const records = new Map<string, MatchRecord | undefined>();
  const ofRecord = (id: string): MatchRecord | undefined => {
    const known = records.get(id);
    if (known !== undefined) return known;
    const found = contents.get(id);
    const made = found && matcher.prepare(found);
    records.set(id, made);
    return made;
  };
  for (const { unit, otherUnit, recordId } of pairs) {
    const [row, other] = [unitOf(unit), otherUnit === 0 ? undefined : unitOf(otherUnit)];
    const otherNode = otherUnit === 0 ? recordId : (other?.node ?? '');
    if (row === undefined || row.node === otherNode) continue;
    const [a, b] = [ofUnit(unit), otherUnit === 0 ? ofRecord(recordId) : ofUnit(otherUnit)];
    // A record may have been removed since its keys were read.
    if (a === undefined || b === undefined) continue;
    const between = otherUnit === 0 || row.pinned || other?.pinned === true;
    const bits = judge.bits(a, b, between ? 'between' : 'within');
    if (bits < LEAST_BITS && bits !== Number.NEGATIVE_INFINITY) continue;
    const link: Link =
      row.node < otherNode
        ? { a: row.node, b: otherNode, bits, aUnit: unit, bUnit: otherUnit }
        : { a: otherNode, b: row.node, bits, aUnit: otherUnit, bUnit: unit };
    const own = links.get(link.a);
    if (own === undefined) {
      links.set(link.a, new Map([[link.b, link]]));
      continue;
    }
    const known = own.get(link.b);
    if (known === undefined || known.bits < bits) own.set(link.b, link);
  }
  return links;
}
