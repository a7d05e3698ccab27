import { REVIEW_BAND } from '../domain/matching.ts';
import { bitsOf, MOST_BITS } from './likeness.ts';
import { cluster, MEAN } from './match/cluster.ts';

/** Something that may be the same as another: rows of the source, or a record that exists. */
export interface GroupNode {
  readonly id: string;
  /** Where its first row comes in the source. */
  readonly place: number;
  readonly exists: boolean;
}

export interface GroupLink {
  readonly a: string;
  readonly b: string;
  /** log2 odds; -Infinity for two things for certain. */
  readonly bits: number;
}

/** What a node that is no record belongs to, or may belong to, and by which link. */
export interface Membership<L extends GroupLink> {
  readonly node: string;
  readonly group: string;
  /** The group is a record that exists. */
  readonly exists: boolean;
  readonly review: boolean;
  readonly link: L;
}

/** From how many bits on two nodes are the same, and from how many a person is asked. */
export interface MatchLimits {
  readonly accept: number;
  readonly review: number;
}

export function limitsOf(confidenceThreshold: number): MatchLimits {
  return { accept: bitsOf(confidenceThreshold), review: bitsOf(Math.max(0, confidenceThreshold - REVIEW_BAND)) };
}

interface Group {
  readonly key: string;
  readonly place: number;
  readonly exists: boolean;
  readonly members: readonly string[];
}

/**
 * Groups nodes that hang together. A group holds at most one record, and is that then. A group without one that is
 * somewhat like a record, or like a group that comes before it in the source and is made, waits for a person, unless one
 * of the group is another for certain. Nodes that
 * are nobody's like are left out; one that stands for several rows is linked to itself. The same for any order of nodes and links.
 */
export function groupNodes<L extends GroupLink>(
  nodes: readonly GroupNode[],
  links: readonly L[],
  limits: MatchLimits,
): Membership<L>[] {
  const alone = nodes.length === 2 && links.length === 1 ? besideRecord(nodes, links, limits) : null;
  if (alone) return [alone];
  const groups = groupsOf(
    nodes,
    links.filter((link) => link.a !== link.b),
    limits,
  );
  const groupOf = new Map(groups.flatMap((group) => group.members.map((member) => [member, group] as const)));
  const near = new Map<string, L[]>();
  for (const link of links.toSorted(strongestFirst)) {
    if (link.bits < limits.review) continue;
    for (const id of [link.a, link.b]) {
      const own = near.get(id);
      if (own) own.push(link);
      else near.set(id, [link]);
    }
  }
  const vetoed = new Set(
    links.flatMap(({ a, b, bits }) => (bits === Number.NEGATIVE_INFINITY ? [`${a} ${b}`, `${b} ${a}`] : [])),
  );
  const mayBe = (group: Group, other: Group): boolean =>
    vetoed.size === 0 || !group.members.some((a) => other.members.some((b) => vetoed.has(`${a} ${b}`)));
  const linkTo = (id: string, fits: (other: Group | undefined) => boolean): L | undefined => {
    const links = near.get(id)?.filter((link) => fits(groupOf.get(link.a === id ? link.b : link.a)));
    return links?.find((link) => link.a !== link.b) ?? links?.[0];
  };

  const made = new Set<Group>(groups.filter((group) => group.exists));
  const memberships: Membership<L>[] = [];
  const isRow = new Map(nodes.map((node) => [node.id, !node.exists]));
  for (const group of groups) {
    const doubt = group.exists
      ? undefined
      : doubtOf(group, (other) => made.has(other) && mayBe(group, other), linkTo, groupOf);
    if (!doubt) made.add(group);
    for (const node of group.members) {
      if (isRow.get(node) !== true) continue;
      const belongsTo = doubt?.group ?? group;
      const link = linkTo(node, (other) => other === belongsTo) ?? doubt?.link;
      if (link) {
        memberships.push({ node, group: belongsTo.key, exists: belongsTo.exists, review: doubt !== undefined, link });
      }
    }
  }
  return memberships;
}

/** What comes out where a row has but one link, and that to a record: so it is with most. */
function besideRecord<L extends GroupLink>(
  nodes: readonly GroupNode[],
  [link]: readonly L[],
  { accept, review }: MatchLimits,
): Membership<L> | null {
  const row = nodes.find(({ exists }) => !exists);
  const record = nodes.find(({ exists }) => exists);
  if (!row || !record || !link || link.a === link.b || link.bits < review) return null;
  const probability = probabilityOf(link.bits);
  const joins = probability >= probabilityOf(accept) && probability >= MEAN;
  return { node: row.id, group: record.id, exists: true, review: !joins, link };
}

/** The groups that exist first, then the others as they come in the source. */
function groupsOf(nodes: readonly GroupNode[], links: readonly GroupLink[], { accept }: MatchLimits): Group[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const records = nodes.filter((node) => node.exists).map((node) => node.id);
  // Records that exist are never made one by an import.
  const apart = records.flatMap((a, at) => records.slice(at + 1).map((b) => ({ a, b, probability: 0, vetoed: true })));
  const edges = links.map(({ a, b, bits }) => ({
    a,
    b,
    probability: probabilityOf(bits),
    vetoed: bits === Number.NEGATIVE_INFINITY,
  }));
  const clusters = cluster([...edges, ...apart], probabilityOf(accept));
  const joined = new Set(clusters.flat());
  const alone = nodes.filter((node) => !joined.has(node.id)).map((node) => [node.id]);
  return [...clusters, ...alone]
    .map((members) => {
      const own = members.flatMap((id) => byId.get(id) ?? []);
      const record = own.find((node) => node.exists);
      const sorted = members.toSorted();
      return {
        key: record?.id ?? sorted[0] ?? '',
        place: Math.min(...own.filter((node) => !node.exists).map((node) => node.place)),
        exists: record !== undefined,
        members: sorted,
      };
    })
    .toSorted((x, y) => Number(y.exists) - Number(x.exists) || x.place - y.place || (x.key < y.key ? -1 : 1));
}

/** What a group is somewhat like of what is there or made, the likest. */
function doubtOf<L extends GroupLink>(
  group: Group,
  fits: (other: Group) => boolean,
  linkTo: (id: string, fits: (other: Group | undefined) => boolean) => L | undefined,
  groupOf: ReadonlyMap<string, Group>,
): { readonly group: Group; readonly link: L } | undefined {
  const links = group.members.flatMap((id) => {
    const link = linkTo(id, (other) => other !== undefined && other !== group && fits(other));
    const other = link && groupOf.get(link.a === id ? link.b : link.a);
    return link && other ? [{ link, group: other }] : [];
  });
  return links.toSorted((x, y) => strongestFirst(x.link, y.link))[0];
}

const probabilityOf = (bits: number): number => (bits >= MOST_BITS ? 1 : 1 / (1 + 2 ** -bits));

function strongestFirst(x: GroupLink, y: GroupLink): number {
  return y.bits - x.bits || order(x.a, y.a) || order(x.b, y.b);
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
