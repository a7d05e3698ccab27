import { componentsOf } from '../src/rows/match-components.ts';
import type { Component } from '../src/rows/match-components.ts';
import { groupNodes } from '../src/rows/match-groups.ts';
import type { GroupNode, Membership } from '../src/rows/match-groups.ts';
import { holdersWithin } from '../src/rows/match-holders.ts';
import { eachLink } from '../src/rows/match-pairs.ts';
import { identityLinks, twinLinks, unitOf } from '../src/rows/match-units.ts';
import type { Link, StagedRow, Unit } from '../src/rows/match-units.ts';
import { buildKeyBlocks } from '../src/rows/match/key-blocks.ts';
import { unpackRow } from '../src/rows/packed-row.ts';
import { inMatchStep, saveMatchState } from '../src/store/match/match-step.ts';
import { clearResults, writeRowResults } from '../src/store/match/results.ts';
import { sourceRanges } from '../src/store/match/source-ranges.ts';
import { explainAll } from './match-groups.ts';
import { makeKeysRight } from './match-keys.ts';
import { settleModel } from './match-learn.ts';
import { linkUnits } from './match-links.ts';
import type { Linked } from './match-links.ts';
import { pauseIn } from './match-pass.ts';
import type { MatchPass } from './match-pass.ts';
import { readStaged } from './match-stage.ts';

/** Rows that are compared in memory at once. */
export const MOST_ROWS = 20_000;
/** Of what is compared of them: what a worker has room for besides what else it does. */
export const MOST_BYTES = 24 * 1024 * 1024;
/** Units whose keys are made before others get their turn. */
const UNITS_AT_ONCE = 1_000;
const EXPLAINED_AT_ONCE = 2_000;

/**
 * The whole pass at once, where all rows have room in memory: the same answers as by way of the store, much sooner. An
 * attempt that dies leaves nothing to go on from but keys of records, and the next one begins anew. False, and nothing is
 * done, when there are too many rows.
 */
export async function matchAtOnce(pass: MatchPass): Promise<boolean> {
  const { pool, claim } = pass;
  const rows = await readAll(pass);
  if (rows === null) return false;
  const index = await settleModel(pass, (most) =>
    Promise.resolve({ rows: rows.slice(0, most).map(({ content }) => unpackRow(content)), total: rows.length }),
  );
  if (index !== null) await makeKeysRight(pass, index.id);
  await pass.tell(`Looking for duplicates among ${pass.part.target.spec.label}`);
  const { nodes, units } = await makeUnits(pass, rows);
  const blocks = buildKeyBlocks(units.length, (at) => units[at]?.keys ?? []);
  const numbers = units.map((_, at) => at + 1);
  const slice = { units, numbers, blocks, holders: holdersWithin(blocks, units.length) };
  const { links, contents } = await linkUnits(pass, slice, index);
  const found = [...identityLinks(nodesOf(rows, nodes)), ...twinLinks(nodesOf(rows, nodes), units, pass.limits)];
  const components = componentsOf([...found, ...eachLink(links)], pass.limits);
  await writeGroups(pass, { rows, nodes, units, components, contents });
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'done', position: null }));
  return true;
}

/** All rows in the order of their keys, which is that of a hash; of equal ones the first. Null when there are too many. */
async function readAll(pass: MatchPass): Promise<StagedRow[] | null> {
  const most = pass.deps.matchRows ?? MOST_ROWS;
  const ranges = await sourceRanges(pass.pool, pass.claim);
  if (ranges.reduce((sum, { plannedRows }) => sum + plannedRows, 0) > most) return null;
  const rows = new Map<string, StagedRow>();
  let bytes = 0;
  for await (const batch of readStaged(pass, null)) {
    for (const row of batch.rows) {
      if (rows.has(row.rowKey)) continue;
      rows.set(row.rowKey, row);
      bytes += row.content.length;
    }
    if (rows.size > most || bytes > MOST_BYTES) return null;
  }
  return [...rows.values()].sort((x, y) => (x.rowKey < y.rowKey ? -1 : 1));
}

interface Units {
  /** The node of each row. */
  readonly nodes: readonly string[];
  /** Each once, numbered from 1 as they lie here. */
  readonly units: readonly Unit[];
}

async function makeUnits(pass: MatchPass, rows: readonly StagedRow[]): Promise<Units> {
  const judging = await inMatchStep(pass.pool, pass.claim, (client) => pass.judging(client));
  const nodes: string[] = [];
  const units = new Map<string, Unit>();
  for (const row of rows) {
    const unit = unitOf(row, judging, pass.limits);
    nodes.push(unit.node);
    const key = `${unit.node} ${unit.digest}`;
    if (!units.has(key)) units.set(key, unit);
    if (nodes.length % UNITS_AT_ONCE === 0) await pauseIn(pass);
  }
  return { nodes, units: [...units.values()] };
}

function* nodesOf(
  rows: readonly StagedRow[],
  nodes: readonly string[],
): Generator<StagedRow & { readonly node: string }, void, undefined> {
  for (const [at, row] of rows.entries()) yield { ...row, node: nodes[at] ?? row.identity };
}

interface Found extends Units, Pick<Linked, 'contents'> {
  readonly rows: readonly StagedRow[];
  readonly components: readonly Component[];
}

/** Groups what hangs together and writes down, with its reasons, what becomes of the rows. */
async function writeGroups(pass: MatchPass, { rows, nodes, units, components, contents }: Found): Promise<void> {
  const known = new Map<string, { place: number; exists: boolean; rowKeys: string[] }>();
  for (const [at, { rowKey, recordId, place }] of rows.entries()) {
    const node = nodes[at] ?? '';
    const own = known.get(node);
    if (!own) known.set(node, { place, exists: recordId !== null, rowKeys: [rowKey] });
    else {
      own.place = Math.min(own.place, place);
      own.rowKeys.push(rowKey);
    }
  }
  const nodeOf = (id: string): GroupNode => {
    const own = known.get(id);
    return { id, place: own?.place ?? 0, exists: own?.exists ?? true };
  };
  const memberships: Membership<Link>[] = [];
  const { pool, claim } = pass;
  const write = async (): Promise<void> => {
    const some = memberships.splice(0);
    await inMatchStep(pool, claim, async (client) => {
      const explained = explainAll(await pass.judging(client), some, (number) => units[number - 1], contents);
      const rowKeys = (node: string): readonly string[] => known.get(node)?.rowKeys ?? [];
      await writeRowResults(
        client,
        claim,
        explained.map((result) => ({ ...result, rowKeys: rowKeys(result.node) })),
      );
    });
    await pauseIn(pass);
  };
  await inMatchStep(pool, claim, (client) => clearResults(client, claim.jobNumber, claim.targetOrdinal));
  for (const component of components) {
    memberships.push(...groupNodes(component.nodes.map(nodeOf), component.links, pass.limits));
    if (memberships.length >= EXPLAINED_AT_ONCE) await write();
  }
  await write();
}
