import type { PoolClient } from 'pg';
import { confidenceOf, MatchedText } from '../../src/rows/likeness.ts';
import type { Matched } from '../../src/rows/likeness.ts';
import { groupNodes } from '../../src/rows/match-groups.ts';
import type { Membership } from '../../src/rows/match-groups.ts';
import { bitsAtLevel, LEVELS, MOST_NODES } from '../../src/rows/match-components.ts';
import type { Link } from '../../src/rows/match-units.ts';
import { listNodes, nextComponents, raiseLarge, spreadLabels } from '../../src/store/match/links.ts';
import { inMatchStep, saveMatchState } from '../../src/store/match/match-step.ts';
import { recordContents } from '../../src/store/match/record-contents.ts';
import { clearStaged, writeResults } from '../../src/store/match/results.ts';
import type { NodeResult } from '../../src/store/match/results.ts';
import { unitsOf } from '../../src/store/match/units.ts';
import { preparedRecords, preparedUnits } from './links.ts';
import type { LinkedUnit, RecordsById } from './links.ts';
import type { Judging, MatchPass } from './pass.ts';

const NODES_AT_ONCE = 2_000;

interface LabelPosition {
  readonly level: number;
}

/** Finds out which rows and records hang together by links. */
export async function labelNodes(
  { pool, claim, limits, signal, tell, part }: MatchPass,
  from: LabelPosition | null,
): Promise<void> {
  await tell(`Grouping duplicates of ${part.target.spec.label}`);
  let at = from;
  for (;;) {
    signal.throwIfAborted();
    const known: LabelPosition | null = at;
    const over = await inMatchStep(pool, claim, async (client) => {
      if (known === null) await listNodes(client, claim, limits.review);
      const level = known?.level ?? 0;
      const changed = await spreadLabels(client, claim, level, bitsAtLevel(limits, level));
      at = { level };
      if (changed === 0) {
        if (level === LEVELS.length - 1 || (await raiseLarge(client, claim, level, MOST_NODES)) === 0) {
          await saveMatchState(client, claim, { phase: 'group', position: null });
          return true;
        }
        at = { level: level + 1 };
      }
      await saveMatchState(client, claim, { phase: 'label', position: at });
      return false;
    });
    if (over) return;
  }
}

/** Groups what hangs together and writes down, with its reasons, what becomes of the rows. */
export async function groupRows(pass: MatchPass, from: number): Promise<void> {
  const { pool, claim, signal, limits } = pass;
  for (let after: number | null = from; after !== null;) {
    signal.throwIfAborted();
    const begin: number = after;
    after = await inMatchStep(pool, claim, async (client) => {
      const { nodes, links } = await nextComponents(client, claim, begin, NODES_AT_ONCE);
      const last = nodes.at(-1);
      if (!last) {
        await clearStaged(client, claim.jobNumber, claim.targetOrdinal);
        await saveMatchState(client, claim, { phase: 'done', position: null });
        return null;
      }
      const labels = new Map(nodes.map((node) => [node.id, node.label]));
      const byLabel = Map.groupBy(links, (link) => labels.get(link.a));
      const memberships = [...Map.groupBy(nodes, (node) => node.label)].flatMap(([label, own]) =>
        groupNodes(own, byLabel.get(label) ?? [], limits),
      );
      await writeResults(client, claim, await explained(pass, client, memberships));
      await saveMatchState(client, claim, { phase: 'group', position: last.label });
      return last.label;
    });
  }
}

async function explained(
  pass: MatchPass,
  client: PoolClient,
  memberships: readonly Membership<Link>[],
): Promise<NodeResult[]> {
  const numbers = new Set(memberships.flatMap(({ link: { aUnit, bUnit } }) => [aUnit, bUnit]));
  const judging = await pass.judging(client);
  const { matcher } = judging;
  const units = preparedUnits(await unitsOf(client, pass.claim, [...numbers]), matcher);
  const ids = memberships.flatMap(({ link: { a, b, aUnit, bUnit } }) => [
    ...(aUnit === 0 ? [a] : []),
    ...(bUnit === 0 ? [b] : []),
  ]);
  const records = preparedRecords(await recordContents(client, pass.target, [...new Set(ids)]), matcher);
  return explainAll(judging, memberships, (number) => units.get(number), records);
}

/** Memberships with the reasons for them: the pair of rows, or row and record, that is most alike. */
export function explainAll(
  { judge }: Judging,
  memberships: readonly Membership<Link>[],
  unitOf: (number: number) => LinkedUnit | undefined,
  records: RecordsById,
): NodeResult[] {
  return memberships.map(({ node, group, exists, review, link }) => {
    const isA = link.a === node;
    const own = unitOf(isA ? link.aUnit : link.bUnit)?.record ?? records.get(node);
    const otherUnit = isA ? link.bUnit : link.aUnit;
    const other = unitOf(otherUnit)?.record ?? records.get(isA ? link.b : link.a);
    const kind = otherUnit === 0 || unitOf(otherUnit)?.pinned === true ? 'between' : 'within';
    // Versions of one row are linked by their identity, not by what they say.
    const fields = own && other ? judge.explain(own, other, kind, other.row) : {};
    const matched: Matched = { strategy: 'fuzzy', confidence: confidenceOf(link.bits), fields };
    return { node, group, recordId: exists ? group : null, review, matched: new MatchedText(JSON.stringify(matched)) };
  });
}
