import { setImmediate as pause } from 'node:timers/promises';
import { componentsOf } from '../src/rows/match-components.ts';
import type { Component } from '../src/rows/match-components.ts';
import { groupNodes } from '../src/rows/match-groups.ts';
import type { GroupNode, Membership } from '../src/rows/match-groups.ts';
import { eachLink, laterPartners, linksOf } from '../src/rows/match-pairs.ts';
import type { CandidatePair, Links } from '../src/rows/match-pairs.ts';
import { identityLinks, twinLinks, unitOf } from '../src/rows/match-units.ts';
import type { Link, StagedRow, Unit } from '../src/rows/match-units.ts';
import { MANY } from '../src/rows/match/candidate-rule.ts';
import { buildKeyBlocks } from '../src/rows/match/key-blocks.ts';
import type { KeyBlocks } from '../src/rows/match/key-blocks.ts';
import { unpackRow } from '../src/rows/packed-row.ts';
import { inMatchStep, saveMatchState } from '../src/store/match/match-step.ts';
import { findHolders } from '../src/store/match/find-holders.ts';
import { NO_RECORD, recordContents } from '../src/store/match/pairs.ts';
import { clearResults, writeRowResults } from '../src/store/match/results.ts';
import { sourceRanges } from '../src/store/match/source-ranges.ts';
import { explainAll } from './match-groups.ts';
import { makeKeysRight } from './match-keys.ts';
import { settleModel } from './match-learn.ts';
import type { SettledIndex } from './match-learn.ts';
import type { MatchPass } from './match-pass.ts';
import { readStaged } from './match-stage.ts';

const MOST_ROWS = 40_000;
/** Of what is compared: what a worker has room for besides what else it does. */
const MOST_BYTES = 48 * 1024 * 1024;
/** Units whose keys are made, or which are compared, before others get their turn. */
const UNITS_AT_ONCE = 1_000;
const LOOKED_UP_AT_ONCE = 5_000;
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
  const links = [...(await linkUnits(pass, units, index))];
  const found = [...identityLinks(nodesOf(rows, nodes)), ...twinLinks(nodesOf(rows, nodes), units, pass.limits)];
  await writeGroups(pass, rows, nodes, units, componentsOf([...found, ...links], pass.limits));
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

/** Lets the worker say that it lives, and hear that it is to stop. */
async function pauseIn({ signal }: MatchPass): Promise<void> {
  await pause();
  signal.throwIfAborted();
}

/** Compares units with each other and with records; what records say is read while the units before are compared. */
async function linkUnits(
  pass: MatchPass,
  units: readonly Unit[],
  index: SettledIndex | null,
): Promise<Iterable<Link>> {
  const { pool, claim, target } = pass;
  const blocks = buildKeyBlocks(units.length, (at) => units[at]?.keys ?? []);
  const judging = await inMatchStep(pool, claim, (client) => pass.judging(client));
  const holders =
    index && (await inMatchStep(pool, claim, (client) => findHolders(client, index, blocks, freeBlocks(units, blocks))));
  const look = (from: number): Promise<Looked> => {
    const some = new Map<number, string[]>();
    if (holders === null) return Promise.resolve({ records: some, contents: new Map() });
    for (let number = from + 1; number <= Math.min(units.length, from + LOOKED_UP_AT_ONCE); number++) {
      const unit = units[number - 1];
      if (unit === undefined || unit.pinned) continue;
      const partners = holders.partners(number, unit);
      if (partners.length > 0) some.set(number, partners.map((record) => holders.ids[record] ?? ''));
    }
    const looked = inMatchStep(pool, claim, async (client) => {
      const contents = await recordContents(client, target, [...new Set([...some.values()].flat())]);
      return { records: some, contents };
    });
    // It is awaited when its turn comes, unless what comes before fails first.
    looked.catch(() => undefined);
    return looked;
  };
  const links: Links = new Map();
  let next = look(0);
  for (let from = 0; from < units.length; from += LOOKED_UP_AT_ONCE) {
    const { records, contents } = await next;
    const end = Math.min(units.length, from + LOOKED_UP_AT_ONCE);
    if (end < units.length) next = look(end);
    const evidence = { ...judging, contents, unit: (number: number) => units[number - 1] };
    for (let some = from; some < end; some += UNITS_AT_ONCE) {
      linksOf(pairsOf(records, units, blocks, [some, Math.min(end, some + UNITS_AT_ONCE)]), evidence, links);
      await pauseIn(pass);
    }
  }
  return eachLink(links);
}

/** Blocks of a unit that is no record: only those are held against records. */
function freeBlocks(units: readonly Unit[], { starts, members }: KeyBlocks): (block: number) => boolean {
  return (block) => {
    const [start, end] = [starts[block] ?? 0, starts[block + 1] ?? 0];
    if (end - start > MANY) return false;
    for (let at = start; at < end; at++) if (units[members[at] ?? -1]?.pinned === false) return true;
    return false;
  };
}

interface Looked {
  /** The records that units share keys with, by the numbers of the units, and what is compared of them. */
  readonly records: ReadonlyMap<number, readonly string[]>;
  readonly contents: ReadonlyMap<string, readonly (string | null)[]>;
}

/** Pairs with records and with later units, in the order of units: of those after a number up to another. */
function* pairsOf(
  records: Looked['records'],
  units: readonly Unit[],
  blocks: KeyBlocks,
  [after, last]: readonly [number, number],
): Generator<CandidatePair, void, undefined> {
  for (let unit = after + 1; unit <= last; unit++) {
    for (const recordId of records.get(unit) ?? []) yield { unit, otherUnit: 0, recordId };
    for (const otherUnit of laterPartners(unit, units, blocks)) yield { unit, otherUnit, recordId: NO_RECORD };
  }
}

function* nodesOf(
  rows: readonly StagedRow[],
  nodes: readonly string[],
): Generator<StagedRow & { readonly node: string }, void, undefined> {
  for (const [at, row] of rows.entries()) yield { ...row, node: nodes[at] ?? row.identity };
}

/** Groups what hangs together and writes down, with its reasons, what becomes of the rows. */
async function writeGroups(
  pass: MatchPass,
  rows: readonly StagedRow[],
  nodes: readonly string[],
  units: readonly Unit[],
  components: readonly Component[],
): Promise<void> {
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
      const explained = await explainAll(pass, client, some, (number) => units[number - 1]);
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
