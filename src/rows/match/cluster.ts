/** Two things that were compared; ids are the caller's, and mean the same whatever the order they come in. */
export interface Edge {
  readonly a: string;
  readonly b: string;
  /** 0 to 1. */
  readonly probability: number;
  /** They are two things for certain, even when a third is like both. */
  readonly vetoed?: boolean;
}

/** Of all pairs between two groups that become one, those who were not compared counting as unlike, the mean must reach this. */
export const MEAN = 0.5;

/**
 * Groups what is the same: edges at or over the threshold join two groups, the surest first, when the mean probability of
 * all pairs between them is at least one half and no vetoed pair would come into one group. So one wrong edge does not
 * chain strangers. Edges below the threshold count in the means. Ids that nothing joins are left out. Groups and their
 * members come sorted, the same for any order of edges.
 */
export function cluster(edges: Iterable<Edge>, threshold: number): string[][] {
  const joining: Edge[] = [];
  const likeness = new Map<string, Map<string, number>>();
  const note = (one: string, other: string, probability: number): void => {
    const known = likeness.get(one);
    if (known === undefined) likeness.set(one, new Map([[other, probability]]));
    else known.set(other, probability);
  };
  for (const edge of edges) {
    const probability = edge.vetoed === true ? Number.NEGATIVE_INFINITY : edge.probability;
    note(edge.a, edge.b, probability);
    note(edge.b, edge.a, probability);
    if (probability < threshold || edge.a === edge.b) continue;
    joining.push(edge.a < edge.b ? edge : { a: edge.b, b: edge.a, probability });
  }
  joining.sort((x, y) => y.probability - x.probability || order(x.a, y.a) || order(x.b, y.b));
  const groups = new Map<string, string[]>();
  const groupOf = (id: string): string[] => {
    const known = groups.get(id) ?? [id];
    groups.set(id, known);
    return known;
  };
  for (const { a, b } of joining) {
    const left = groupOf(a);
    const right = groupOf(b);
    if (left === right) continue;
    let sum = 0;
    for (const id of left) for (const other of right) sum += likeness.get(id)?.get(other) ?? 0;
    if (sum < MEAN * left.length * right.length) continue;
    const [large, small] = left.length >= right.length ? [left, right] : [right, left];
    large.push(...small);
    for (const id of small) groups.set(id, large);
  }
  return [...new Set(groups.values())]
    .filter((group) => group.length > 1)
    .map((group) => group.toSorted())
    .toSorted((x, y) => order(x[0] ?? '', y[0] ?? ''));
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
