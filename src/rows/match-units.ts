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
  readonly values: readonly (string | null)[];
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
  return { rowKey, node, digest, values, record, pinned: recordId !== null, selfBits, keys: matcher.keys(record) };
}

/** Rows, and the node of each. */
interface NodesOfRows {
  readonly rows: readonly Pick<StagedRow, 'identity' | 'recordId'>[];
  readonly nodes: readonly string[];
}

/** Rows of one identity that say different things are one thing still. */
export function identityLinks({ rows, nodes }: NodesOfRows): Link[] {
  const first = new Map<string, string>();
  const several = new Map<string, Set<string>>();
  rows.forEach(({ identity, recordId }, at) => {
    const node = nodes[at] ?? '';
    if (recordId !== null) return;
    const known = first.get(identity);
    if (known === undefined) first.set(identity, node);
    else if (known !== node) several.set(identity, (several.get(identity) ?? new Set([known])).add(node));
  });
  return [...several.values()].flatMap((versions) => {
    const sorted = [...versions].toSorted();
    return sorted.slice(1).map((b, at) => ({ a: sorted[at] ?? '', b, bits: MOST_BITS, aUnit: 0, bUnit: 0 }));
  });
}

/** Rows that say the same are linked to themselves: that is why they are one thing. `units` are numbered from 1. */
export function twinLinks({ rows, nodes }: NodesOfRows, units: readonly Unit[], { accept }: MatchLimits): Link[] {
  const once = new Set<string>();
  const twins = new Set<string>();
  rows.forEach(({ recordId }, at) => {
    const node = nodes[at] ?? '';
    if (recordId !== null) return;
    if (once.has(node)) twins.add(node);
    else once.add(node);
  });
  const links: Link[] = [];
  units.forEach(({ node, selfBits, pinned }, at) => {
    if (pinned || selfBits < accept || !twins.has(node)) return;
    links.push({ a: node, b: node, bits: selfBits, aUnit: at + 1, bUnit: at + 1 });
  });
  return links;
}
