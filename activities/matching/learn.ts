import type { PoolClient } from 'pg';
import { inMatchStep, inReading, saveMatchState } from '../../src/store/match/match-step.ts';
import { keepModel, keepModelOf, modelOfPlan } from '../../src/store/match/match-model.ts';
import {
  countRecords,
  createIndex,
  findIndex,
  improveIndex,
  sampleRecords,
} from '../../src/store/match/match-index.ts';
import type { MatchIndex } from '../../src/store/match/match-index.ts';
import { sampleStagedRows } from '../../src/store/match/staged-rows.ts';
import { planOf, samePlan } from '../../src/rows/match/model.ts';
import { areOfPeople } from '../../src/rows/match/role.ts';
import type { MatchModel } from '../../src/rows/match/model.ts';
import { learning } from '../../src/rows/match/learn.ts';
import { isOwn } from '../../src/domain/target.ts';
import { linkAll } from '../../src/store/own/link-all.ts';
import { inTurns } from './pass.ts';
import type { MatchPass } from './pass.ts';

/** Rows of each side that are looked at. */
const SAMPLE = 5_000;
/** Records that may share a key, of all. */
const BLOCK = 60;
/** Weights that were learned from so many pairs that are the same thing are good enough for as long as their keys. */
const ENOUGH_MATCHES = 100;
/** Others are learned again once so many times more rows can be looked at. */
const MORE_ROWS = 1.5;

/** Compared values of rows that come in, chosen by their hash, and how many there are. */
export type SampleIncoming = (
  most: number,
) => Promise<{ readonly rows: readonly (readonly (string | null)[])[]; readonly total: number }>;

/** By what a pass judges, and the index of the target's records with how many these are. */
export interface SettledModel {
  readonly model: MatchModel;
  readonly index: { readonly id: number; readonly records: number } | null;
}

/** What there is to be compared with. */
export interface TargetLook {
  readonly records: number;
  readonly index: MatchIndex | null;
}

/** Looks how many records a target has, and for the index that holds their keys. */
export function lookAtTarget({
  pool,
  claim,
  target,
}: Pick<MatchPass, 'pool' | 'claim' | 'target'>): Promise<TargetLook> {
  const look = async (client: PoolClient): Promise<TargetLook> => {
    const records = await countRecords(client, target);
    return { records, index: await findIndex(client, target, records) };
  };
  const { spec } = target;
  if (!isOwn(spec)) return inReading(pool, look);
  return inMatchStep(pool, claim, async (client) => {
    await linkAll(client, spec);
    return look(client);
  });
}

/**
 * Learns what tells records of the target apart, unless that is known, and keeps it with the job. Gives back the index
 * that holds the records' keys, whose keys are yet to be made right; null when there are no records. `looked` says what
 * there was a moment ago.
 */
export async function settleModel(
  pass: MatchPass,
  sampleIncoming: SampleIncoming,
  looked?: TargetLook,
): Promise<SettledModel> {
  const { pool, claim, target, part, tell } = pass;
  for (let look = looked; ; look = undefined) {
    pass.signal.throwIfAborted();
    const { records, index } = look ?? (await lookAtTarget(pass));
    const incoming = await sampleIncoming(SAMPLE);
    const known = (await plannedModel(pass, index)) ?? goodModel(index, records, incoming.rows.length);
    if (!known) await tell(`Learning what tells ${part.target.spec.label} apart`);
    const model = known ?? (await learned(pass, records, index, incoming));
    const settled = await inMatchStep(pool, claim, async (client) => {
      const indexId = records === 0 ? null : (index?.id ?? (await createIndex(client, target, model, records)));
      // Another job was faster: its plan is the one to go by.
      if (indexId === null && records > 0) return null;
      if (index && !known) await improveIndex(client, index.id, model);
      const isKept = index?.model === model && (await keepModelOf(client, claim, index));
      if (!isKept) await keepModel(client, claim, model, indexId);
      return { index: indexId === null ? null : { id: indexId, records }, model };
    });
    if (settled) return settled;
  }
}

/** Settles the model of rows that are staged. */
export async function learnModel(pass: MatchPass): Promise<void> {
  const { pool, claim } = pass;
  const sample: SampleIncoming = (most) => inMatchStep(pool, claim, (client) => sampleStagedRows(client, claim, most));
  await settleModel(pass, sample);
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'catch_up', position: null }));
}

/** Of a plan that is applied the model it judged by, so that the same rows are judged alike; null where keys are others by now. */
async function plannedModel({ pool, claim, part }: MatchPass, index: MatchIndex | null): Promise<MatchModel | null> {
  const { plan } = part.job.options;
  const model = plan
    ? await inMatchStep(pool, claim, (client) => modelOfPlan(client, plan, claim.targetOrdinal))
    : null;
  return model && (index === null || samePlan(model, index.model)) ? model : null;
}

/** The model of an index, unless there is a better one to be learned from a sample that comes in and records that are there. */
function goodModel(index: MatchIndex | null, records: number, incoming: number): MatchModel | null {
  if (index === null) return null;
  const { records: learnedFrom, expectedMatches } = index.model.learnedFrom;
  const isGood = expectedMatches >= ENOUGH_MATCHES || Math.min(records, SAMPLE) + incoming < MORE_ROWS * learnedFrom;
  return isGood ? index.model : null;
}

async function learned(
  pass: MatchPass,
  records: number,
  index: MatchIndex | null,
  incoming: Awaited<ReturnType<SampleIncoming>>,
): Promise<MatchModel> {
  const { pool, claim, target } = pass;
  const there = await inMatchStep(pool, claim, (client) => sampleRecords(client, target, SAMPLE));
  const share = (there.length + incoming.rows.length) / Math.max(1, records + incoming.total);
  const ofPeople = areOfPeople(target.spec.fields);
  return inTurns(
    pass,
    learning({
      fields: target.fields.map(({ field }) => ({ name: field.name, type: field.type, ofPeople })),
      rows: there,
      incoming: incoming.rows,
      block: BLOCK * share,
      ...(index ? { plan: planOf(index.model) } : {}),
    }),
  );
}
