import type { MatchLimits } from './match-groups.ts';
import type { Link } from './match-units.ts';

/** Nodes that are grouped at once; more that hang together are too much alike to tell them apart by weak links. */
export const MOST_NODES = 500;
/** So strong links have to be, in bits above what a match needs, level by level, until so many hang together no more. */
export const LEVELS = [0, 3, 6, 10, 15, 20, Number.POSITIVE_INFINITY];

/** From how many bits on links hold nodes of a level together. */
export const bitsAtLevel = ({ accept, review }: MatchLimits, level: number): number =>
  level === 0 ? review : accept + (LEVELS[level] ?? 0);

/** What hangs together, with all links within it. */
export interface Component {
  readonly nodes: readonly string[];
  readonly links: readonly Link[];
}

/** Takes nodes apart into what hangs together by links strong enough that it is never too much. */
export function componentsOf(links: readonly Link[], limits: MatchLimits): Component[] {
  const linked = new Set<string>();
  for (const { a, b, bits } of links) if (bits >= limits.review) linked.add(a).add(b);
  const parents = new Map<string, string>();
  let level = 0;
  for (let nodes: readonly string[] = [...linked]; nodes.length > 0; level++) {
    const within = new Set(nodes);
    for (const node of nodes) parents.set(node, node);
    const least = bitsAtLevel(limits, level);
    for (const { a, b, bits } of links) {
      if (bits >= least && within.has(a) && within.has(b)) parents.set(rootOf(parents, a), rootOf(parents, b));
    }
    const sizes = new Map<string, number>();
    for (const node of nodes) {
      const root = rootOf(parents, node);
      sizes.set(root, (sizes.get(root) ?? 0) + 1);
    }
    if (level === LEVELS.length - 1) break;
    nodes = nodes.filter((node) => (sizes.get(rootOf(parents, node)) ?? 0) > MOST_NODES);
  }
  const found = new Map<string, { nodes: string[]; links: Link[] }>();
  for (const node of linked) {
    const root = rootOf(parents, node);
    const own = found.get(root);
    if (own) own.nodes.push(node);
    else found.set(root, { nodes: [node], links: [] });
  }
  for (const link of links) {
    if (!parents.has(link.a) || !parents.has(link.b)) continue;
    const root = rootOf(parents, link.a);
    if (root === rootOf(parents, link.b)) found.get(root)?.links.push(link);
  }
  return [...found.values()];
}

function rootOf(parents: Map<string, string>, node: string): string {
  let root = node;
  for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next;
  for (let at = node; at !== root;) {
    const next = parents.get(at) ?? root;
    parents.set(at, root);
    at = next;
  }
  return root;
}
