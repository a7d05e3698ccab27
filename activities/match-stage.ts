import { isRejected, FinalDraft } from '../src/rows/candidate.ts';
import { packRow } from '../src/rows/packed-row.ts';
import { digestKey, rowKeyOf } from '../src/rows/row-key.ts';
import { findByIdentifier } from '../src/store/commit/probe.ts';
import type { StoredPosition } from '../src/store/entities/import-partition.ts';
import { inMatchStep, saveMatchState } from '../src/store/match/match-step.ts';
import { sourceRanges } from '../src/store/match/source-ranges.ts';
import { stageRows } from '../src/store/match/staged-rows.ts';
import { clipped } from '../src/store/match/target-content.ts';
import { MAX_CHUNK_SIZE } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import { writtenFieldsOf } from './job-source.ts';
import type { MatchPass } from './match-pass.ts';
import { readChunks } from './read-drafts.ts';

const STAGE_ROWS = 5_000;

/** How far the source has been read. */
interface StagePosition {
  /** Of the range that is being read. */
  readonly ordinal: number;
  readonly position: StoredPosition | null;
  readonly rowsDone: number;
  /** Of all ranges. */
  readonly rows: number;
}

/** Reads the rows of the source and keeps of them what is compared. */
export async function stageSource(pass: MatchPass, from: StagePosition | null): Promise<void> {
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
      rowsDone += batch.drafts.length;
      const reached: StagePosition = {
        ordinal: range.ordinal,
        position: batch.position,
        rowsDone,
        rows: rows + batch.drafts.length,
      };
      await stageBatch(pass, batch, rows, reached);
      rows = reached.rows;
    }
  }
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'learn', position: null }));
}

async function stageBatch(pass: MatchPass, batch: DraftBatch, rows: number, reached: StagePosition): Promise<void> {
  const { pool, claim, part, target, identifierField } = pass;
  const staged = batch.drafts.flatMap((draft, at) =>
    isRejected(draft) ? [] : [{ draft: FinalDraft.of(draft), place: batch.rowNumbers?.[at] ?? rows + at + 1 }],
  );
  await inMatchStep(pool, claim, async (client) => {
    const context = {
      client,
      tenantId: target.tenantId,
      sourceId: part.job.profileId ?? '',
      writtenFields: writtenFieldsOf(part),
    };
    const identifiers = [...new Set(staged.flatMap(({ draft }) => draft.identifier ?? []))];
    const known = await findByIdentifier(context, target.spec, identifierField, identifiers);
    await stageRows(
      client,
      claim,
      staged.map(({ draft, place }) => {
        const rowKey = rowKeyOf(draft);
        const { values, identifier } = draft;
        return {
          rowKey,
          identity: identifier === null ? rowKey : digestKey(Buffer.from(`identifier ${identifier}`)),
          recordId: identifier === null ? null : (known.get(identifier)?.id ?? null),
          place,
          content: packRow(target.fields.map(({ index }) => clipped(values[index] ?? null))),
        };
      }),
    );
    await saveMatchState(client, claim, { phase: 'stage', position: reached });
  });
}
