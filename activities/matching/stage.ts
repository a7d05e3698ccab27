import type { PoolClient } from 'pg';
import { isRejected, FinalDraft } from '../../src/rows/candidate.ts';
import type { StagedRow } from '../../src/rows/match-units.ts';
import { digestKey, rowKeyOf } from '../../src/rows/row-key.ts';
import { findByIdentifier } from '../../src/store/commit/probe.ts';
import type { StoredPosition } from '../../src/store/entities/import-partition.ts';
import { inMatchStep, saveMatchState } from '../../src/store/match/match-step.ts';
import { sourceRanges } from '../../src/store/match/source-ranges.ts';
import { stageRows } from '../../src/store/match/staged-rows.ts';
import { clipped } from '../../src/store/match/target-content.ts';
import { MAX_CHUNK_SIZE } from '../chunks.ts';
import type { DraftBatch } from '../chunks.ts';
import { writtenFieldsOf } from '../job-source.ts';
import type { MatchPass } from './pass.ts';
import { readChunks } from '../read-drafts.ts';

const STAGE_ROWS = 5_000;

/** How far the source has been read. */
export interface StagePosition {
  /** Of the range that is being read. */
  readonly ordinal: number;
  readonly position: StoredPosition | null;
  readonly rowsDone: number;
  /** Of all ranges. */
  readonly rows: number;
}

/** Rows of the source that were read, and the position after them. */
export interface StageBatch {
  readonly rows: readonly StagedRow[];
  readonly batch: DraftBatch;
  readonly reached: StagePosition;
}

/** Reads the rows of the source from a position on, as they are compared. */
export async function* readStaged(
  pass: MatchPass,
  from: StagePosition | null,
): AsyncGenerator<StageBatch, void, undefined> {
  const { pool, claim, part, identifierField, signal, tell } = pass;
  await tell(`Reading ${part.target.query.baseTable} to find duplicates among ${part.target.spec.label}`);
  let rows = from?.rows ?? 0;
  for (const range of await sourceRanges(pool, claim)) {
    if (range.ordinal < (from?.ordinal ?? 0)) continue;
    const resumed = range.ordinal === from?.ordinal ? from : null;
    let rowsDone = resumed?.rowsDone ?? 0;
    const reading = { ...range, position: resumed?.position ?? null, rowsDone };
    const limits = { rows: STAGE_ROWS, size: MAX_CHUNK_SIZE };
    for await (const batch of readChunks(pass.deps, part, reading, { identifierField, limits, signal })) {
      signal.throwIfAborted();
      const staged = await inMatchStep(pool, claim, (client) => stagedRows(pass, client, batch, rows));
      rowsDone += batch.drafts.length;
      rows += batch.drafts.length;
      yield { rows: staged, batch, reached: { ordinal: range.ordinal, position: batch.position, rowsDone, rows } };
    }
  }
}

/** Reads the rows of the source and keeps of them what is compared. */
export async function stageSource(pass: MatchPass, from: StagePosition | null): Promise<void> {
  const { pool, claim } = pass;
  for await (const { rows, reached } of readStaged(pass, from)) {
    await inMatchStep(pool, claim, async (client) => {
      await stageRows(client, claim, rows);
      await saveMatchState(client, claim, { phase: 'stage', position: reached });
    });
  }
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'learn', position: null }));
}

/** Rows as they are compared, and which of them are known as records already; `before` rows came before them. */
async function stagedRows(
  { part, target, identifierField }: MatchPass,
  client: PoolClient,
  batch: DraftBatch,
  before: number,
): Promise<StagedRow[]> {
  const staged = batch.drafts.flatMap((draft, at) =>
    isRejected(draft) ? [] : [{ draft: FinalDraft.of(draft), place: batch.rowNumbers?.[at] ?? before + at + 1 }],
  );
  const context = {
    client,
    tenantId: target.tenantId,
    sourceId: part.job.profileId ?? part.job.importerId ?? '',
    writtenFields: writtenFieldsOf(part),
  };
  const identifiers = [...new Set(staged.flatMap(({ draft }) => draft.identifier ?? []))];
  const known = await findByIdentifier(context, target.spec, identifierField, identifiers);
  return staged.map(({ draft, place }) => {
    const rowKey = rowKeyOf(draft);
    const { values, identifier } = draft;
    return {
      rowKey,
      identity: identifier === null ? rowKey : digestKey(Buffer.from(`identifier ${identifier}`)),
      recordId: identifier === null ? null : (known.get(identifier)?.id ?? null),
      place,
      values: target.fields.map(({ index }) => clipped(values[index] ?? null)),
    };
  });
}
