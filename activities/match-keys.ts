import { MOST_BITS } from '../src/rows/likeness.ts';
import { unpackRow } from '../src/rows/packed-row.ts';
import { digestKey } from '../src/rows/row-key.ts';
import { inMatchStep, saveMatchState } from '../src/store/match/match-step.ts';
import { nextStaleRecords, writeRecordKeys } from '../src/store/match/match-index.ts';
import { nextStagedRows } from '../src/store/match/staged-rows.ts';
import { linkIdentities, linkTwins, writeUnits } from '../src/store/match/units.ts';
import type { MatchPass } from './match-pass.ts';

const RECORDS = 2_000;
const ROWS = 2_000;

/** Makes the keys of records that have none or are no longer what they were. */
export async function catchUp(pass: MatchPass, from: number): Promise<void> {
  const { pool, claim, target, part, signal, judging, tell } = pass;
  await tell(`Keying changed ${part.target.spec.label}`);
  for (let after: number | null = from; after !== null;) {
    signal.throwIfAborted();
    const begin: number = after;
    after = await inMatchStep(pool, claim, async (client, { indexId }) => {
      const { matcher } = await judging(client);
      const stale = indexId === null ? null : await nextStaleRecords(client, claim, target, indexId, begin, RECORDS);
      if (stale === null || indexId === null) {
        await saveMatchState(client, claim, { phase: 'key', position: null });
        return null;
      }
      const keyed = stale.records.map((record) => ({
        ...record,
        keys: record.content && matcher.keys(matcher.prepare(record.content)),
      }));
      await writeRecordKeys(client, indexId, keyed);
      await saveMatchState(client, claim, { phase: 'catch_up', position: stale.after });
      return stale.after;
    });
  }
}

/** Makes the keys of the rows that came in. */
export async function keyRows(pass: MatchPass, from: string | null): Promise<void> {
  const { pool, claim, signal, tell, part } = pass;
  await tell(`Keying rows for ${part.target.spec.label}`);
  for (let after: string | null | undefined = from; after !== undefined;) {
    signal.throwIfAborted();
    const begin: string | null = after;
    after = await inMatchStep(pool, claim, async (client) => {
      const { matcher, judge } = await pass.judging(client);
      const rows = await nextStagedRows(client, claim, begin, ROWS);
      const last = rows.at(-1);
      if (!last) {
        await linkIdentities(client, claim, MOST_BITS);
        await linkTwins(client, claim, pass.limits.accept);
        await saveMatchState(client, claim, { phase: 'pair', position: null });
        return undefined;
      }
      const units = rows.map(({ rowKey, identity, recordId, content }) => {
        const record = matcher.prepare(unpackRow(content));
        const digest = digestKey(content);
        // Rows that say the same, and enough of it, are one thing before anything is compared.
        const selfBits = judge.bits(record, record, 'within');
        const node = recordId ?? (selfBits >= pass.limits.accept ? digest : identity);
        return { rowKey, node, digest, content, pinned: recordId !== null, selfBits, keys: matcher.keys(record) };
      });
      await writeUnits(client, claim, units);
      await saveMatchState(client, claim, { phase: 'key', position: last.rowKey });
      return last.rowKey;
    });
  }
}
