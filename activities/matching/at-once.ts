import { componentsOf } from '../../src/rows/match-components.ts';
import type { Component } from '../../src/rows/match-components.ts';
import { groupNodes } from '../../src/rows/match-groups.ts';
import type { GroupNode, Membership } from '../../src/rows/match-groups.ts';
import { holdersWithin } from '../../src/rows/match-holders.ts';
import { eachLink } from '../../src/rows/match-pairs.ts';
import { identityLinks, twinLinks, unitOf } from '../../src/rows/match-units.ts';
import type { Link, StagedRow, Unit } from '../../src/rows/match-units.ts';
import { buildKeyBlocks } from '../../src/rows/match/key-blocks.ts';
import { inMatchStep, saveMatchState } from '../../src/store/match/match-step.ts';
import { ResultsInHand } from '../../src/store/match/results-in-hand.ts';
import { clearResults, writeRowResults } from '../../src/store/match/results.ts';
import { sourceRanges } from '../../src/store/match/source-ranges.ts';
import { explainAll } from './groups.ts';
import { makeKeysRight } from './keys.ts';
import { lookAtTarget, settleModel } from './learn.ts';
import type { SampleIncoming } from './learn.ts';
import { linkUnits } from './links.ts';
import type { Linked } from './links.ts';
import type { DraftBatch } from '../chunks.ts';
import { pauseIn } from './pass.ts';
import type { Judging, MatchPass } from './pass.ts';
import { readStaged } from './stage.ts';

/** Rows that are compared in memory at once. */
export const MOST_ROWS = 20_000;
/** Of what the source gives of them: what a worker has room for besides what else it does. */
export const MOST_BYTES = 24 * 1024 * 1024;
/** Units whose keys are made before others get their turn. */
const UNITS_AT_ONCE = 250;
const EXPLAINED_AT_ONCE = 1_000;

/**
 * The whole pass at once, where all rows have room in memory: the same answers as by way of the store, much sooner. An
 * attempt that dies leaves nothing to go on from but keys of records, and the next one begins anew. False, and nothing is
 * done, when there are too many rows.
 */
export async function matchAtOnce(pass: MatchPass): Promise<boolean> {
  const { pool, claim } = pass;
  // The database counts what is there while rows are read here.
  const [read, look] = await Promise.all([readAll(pass), lookAtTarget(pass)]);
  if (read === null) return false;
  const { rows } = read;
  const sample: SampleIncoming = (most) =>
    Promise.resolve({ rows: rows.slice(0, most).map(({ values }) => values), total: rows.length });
  const { model, index } = await settleModel(pass, sample, look);
  const judging = pass.judgeBy(model);
  // The database looks for records that have changed while units are made here.
  const [{ nodes, units }] = await Promise.all([
    makeUnits(pass, judging, rows),
    index === null ? null : makeKeysRight(pass, index.id),
  ]);
  await pass.tell(`Looking for duplicates among ${pass.part.target.spec.label}`);
  const blocks = buildKeyBlocks(units.length, (at) => units[at]?.keys ?? []);
  const numbers = units.map((_, at) => at + 1);
  const slice = { units, numbers, blocks, holders: holdersWithin(blocks, units.length) };
  const { links, records } = await linkUnits(pass, judging, slice, index);
  const found = [...identityLinks({ rows, nodes }), ...twinLinks({ rows, nodes }, units, pass.limits)];
  const components = componentsOf([...found, ...eachLink(links)], pass.limits);
  const results = await writeGroups(pass, judging, { rows, nodes, units, components, records });
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'done', position: null }));
  if (read.batches !== null) {
    const keys = new Map(units.map((unit) => [unit.rowKey, unit.keys]));
    const indexId = index?.id ?? null;
    pass.memory.keep(claim, { batches: read.batches, indexId, keyer: judging.matcher, keys, results });
  }
  return true;
}

interface ReadRows {
  /** In the order of their keys, which is that of a hash; of equal ones the first. */
  readonly rows: readonly StagedRow[];
  /** As the import will take them; null where it has to read them itself. */
  readonly batches: readonly DraftBatch[] | null;
}

/** All rows of the source; null when there are too many. */
async function readAll(pass: MatchPass): Promise<ReadRows | null> {
  const most = pass.deps.matchRows ?? MOST_ROWS;
  const ranges = await sourceRanges(pass.pool, pass.claim);
  if (ranges.reduce((sum, { plannedRows }) => sum + plannedRows, 0) > most) return null;
  const rows = new Map<string, StagedRow>();
  const batches: DraftBatch[] = [];
  let bytes = 0;
  for await (const { rows: some, batch } of readStaged(pass, null)) {
    for (const row of some) if (!rows.has(row.rowKey)) rows.set(row.rowKey, row);
    batches.push(batch);
    bytes += batch.size;
    if (rows.size > most || bytes > MOST_BYTES) return null;
  }
  const { batchSize, plan } = pass.part.job.options;
  const fit = batches.every(({ drafts }) => drafts.length <= batchSize);
  return {
    rows: [...rows.values()].sort((x, y) => (x.rowKey < y.rowKey ? -1 : 1)),
    batches: fit && !plan && ranges.length === 1 ? batches : null,
  };
}

interface Units {
  /** The node of each row. */
  readonly nodes: readonly string[];
  /** Each once, numbered from 1 as they lie here. */
  readonly units: readonly Unit[];
}

async function makeUnits(pass: MatchPass, judging: Judging, rows: readonly StagedRow[]): Promise<Units> {
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

interface Found extends Units, Pick<Linked, 'records'> {
  readonly rows: readonly StagedRow[];
  readonly components: readonly Component[];
}

/** Groups what hangs together and writes down, with its reasons, what becomes of the rows; gives that back, too. */
async function writeGroups(
  pass: MatchPass,
  judging: Judging,
  { rows, nodes, units, components, records }: Found,
): Promise<ResultsInHand> {
  const rowsOf = rowsByNode(nodes);
  const inHand = new ResultsInHand();
  const nodeOf = (id: string): GroupNode => {
    const own = rowsOf(id).flatMap((at) => rows[at] ?? []);
    const place = own.reduce((least, row) => Math.min(least, row.place), own[0]?.place ?? 0);
    return { id, place, exists: own.length === 0 || own[0]?.recordId !== null };
  };
  const memberships: Membership<Link>[] = [];
  const { pool, claim } = pass;
  // The next ones are explained while these are written.
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const explained = explainAll(judging, memberships.splice(0), (number) => units[number - 1], records);
    const results = explained.map((result) => ({
      ...result,
      rowKeys: rowsOf(result.node).flatMap((at) => rows[at]?.rowKey ?? []),
    }));
    inHand.add(results);
    await writing;
    writing = inMatchStep(pool, claim, (client) => writeRowResults(client, claim, results));
    // It is awaited before the next is written, unless what comes before fails first.
    writing.catch(() => undefined);
    await pauseIn(pass);
  };
  await inMatchStep(pool, claim, (client) => clearResults(client, claim.jobNumber, claim.targetOrdinal));
  for (const component of components) {
    memberships.push(...groupNodes(component.nodes.map(nodeOf), component.links, pass.limits));
    if (memberships.length >= EXPLAINED_AT_ONCE) await write();
  }
  await write();
  await writing;
  return inHand;
}

/** Finds the rows of a node by their places: most nodes are one row. */
function rowsByNode(nodes: readonly string[]): (node: string) => readonly number[] {
  const first = new Map<string, number>();
  const later = new Map<string, number[]>();
  nodes.forEach((node, at) => {
    const own = later.get(node);
    if (own) own.push(at);
    else if (first.has(node)) later.set(node, [at]);
    else first.set(node, at);
  });
  return (node) => {
    const at = first.get(node);
    return at === undefined ? [] : [at, ...(later.get(node) ?? [])];
  };
}
