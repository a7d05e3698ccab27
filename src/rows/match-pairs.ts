import type { Judge } from './judge-pair.ts';
import { bitsOf } from './likeness.ts';
import type { MatchRecord } from './match/matcher.ts';
import type { Link, Unit } from './match-units.ts';

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
  readonly judge: Judge;
  readonly unit: (number: number) => Pick<Unit, 'node' | 'record' | 'pinned'> | undefined;
  /** Records that are there, by their ids. */
  readonly records: ReadonlyMap<string, MatchRecord>;
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
  { judge, unit: unitOf, records }: Evidence,
  links: Links = new Map(),
): Links {
  for (const { unit, otherUnit, recordId } of pairs) {
    const [row, other] = [unitOf(unit), otherUnit === 0 ? undefined : unitOf(otherUnit)];
    const otherNode = otherUnit === 0 ? recordId : (other?.node ?? '');
    if (row === undefined || row.node === otherNode) continue;
    const [a, b] = [row.record, otherUnit === 0 ? records.get(recordId) : other?.record];
    // A record may have been removed since its keys were read.
    if (b === undefined) continue;
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
