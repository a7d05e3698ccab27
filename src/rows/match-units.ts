import type { Judge } from './judge-pair.ts';
import { MOST_BITS } from './likeness.ts';
import type { MatchLimits } from './match-groups.ts';
import type { Matcher, MatchRecord } from './match/matcher.ts';
import { packRow } from './packed-row.ts';
import { digestKey } from './row-key.ts';

/** A source row as the match pass sees it. */
export interface StagedRow {
  /** By what the commit finds what was decided of it: 128 bits of its hash, as a uuid. */
  readonly rowKey: string;
  /** What it has in common with other versions of it: its identifier, or itself; as a uuid. */
  readonly identity: string;
  /** The record it is known as already. */
  readonly recordId: string | null;
  /** Where it comes in the order of the source. */
  readonly place: number;
  /** Its compared values. */
  readonly values: readonly (string | null)[];
}

/** Rows of one node with the same compared values: they are compared once. */
export interface Unit {
  /** The row's key; of several with the same values any. */
  readonly rowKey: string;
  /** What the row is to others: its record, or all rows that say the same, or itself. */
  readonly node: string;
  /** Of the compared values. */
  readonly digest: string;
  /** The compared values, made ready once for all that is asked of them. */
  readonly record: MatchRecord;
  /** Its node is a record that exists. */
  readonly pinned: boolean;
  /** log2 odds that two rows of it are the same thing. */
  readonly selfBits: number;
  readonly keys: readonly number[];
}

/** How alike two nodes are, by the two units that are most so. Ids in ascending order; unit 0 is the record itself. */
export interface Link {
  readonly a: string;
  readonly b: string;
  /** log2 odds that they are the same thing; -Infinity when they are two for certain. */
  readonly bits: number;
  readonly aUnit: number;
  readonly bUnit: number;
}

/** What a row is compared as. */
export function unitOf(
  { rowKey, identity, recordId, values }: Omit<StagedRow, 'place'>,
  { matcher, judge }: { readonly matcher: Matcher; readonly judge: Judge },
  { accept }: MatchLimits,
): Unit {
  const record = matcher.prepare(values);
  const digest = digestKey(packRow(values));
  // Rows that say the same, and enough of it, are one thing before anything is compared.
  const selfBits = judge.bits(record, record, 'within');
  const node = recordId ?? (selfBits >= accept ? digest : identity);
  return { rowKey, node, digest, record, pinned: recordId !== null, selfBits, keys: matcher.keys(record) };
}

type NodeOfRow = Pick<StagedRow, 'identity' | 'recordId'> & { readonly node: string };

/** Rows of one identity that say different things are one thing still. */
export function identityLinks(rows: Iterable<NodeOfRow>): Link[] {
  const versions = new Map<string, Set<string>>();
  for (const { identity, recordId, node } of rows) {
    if (recordId !== null) continue;
    const own = versions.get(identity);
    if (own) own.add(node);
    else versions.set(identity, new Set([node]));
  }
  return [...versions.values()].flatMap((nodes) => {
    const sorted = [...nodes].toSorted();
    return sorted.slice(1).map((b, at) => ({ a: sorted[at] ?? '', b, bits: MOST_BITS, aUnit: 0, bUnit: 0 }));
  });
}

/** Rows that say the same are linked to themselves: that is why they are one thing. `units` are numbered from 1. */
export function twinLinks(rows: Iterable<NodeOfRow>, units: readonly Unit[], { accept }: MatchLimits): Link[] {
  const counts = new Map<string, number>();
  for (const { recordId, node } of rows) if (recordId === null) counts.set(node, (counts.get(node) ?? 0) + 1);
  return units.flatMap(({ node, selfBits, pinned }, at) =>
    !pinned && selfBits >= accept && (counts.get(node) ?? 0) > 1
      ? [{ a: node, b: node, bits: selfBits, aUnit: at + 1, bUnit: at + 1 }]
      : [],
  );
}
