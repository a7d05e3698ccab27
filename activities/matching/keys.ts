import { MOST_BITS } from '../../src/rows/likeness.ts';
import { unitOf } from '../../src/rows/match-units.ts';
import { readAllRecords } from '../../src/store/match/all-records.ts';
import { inMatchStep, inReading, saveMatchState } from '../../src/store/match/match-step.ts';
import { addKeys, keepKeys } from '../../src/store/match/record-keys.ts';
import type { KeyedContent } from '../../src/store/match/stored-keys.ts';
import { beginsIndex, listStaleRecords, nextStale, noteRight } from '../../src/store/match/stale-records.ts';
import { nextStagedRows } from '../../src/store/match/staged-rows.ts';
import { linkIdentities, linkTwins, writeUnits } from '../../src/store/match/units.ts';
import type { MatchPass } from './pass.ts';

const RECORDS = 2_000;
const ROWS = 2_000;

/**
 * Makes the keys of records right: of those that have none, are no longer what they were or are gone. What is done of it
 * stays done, whatever becomes of the pass.
 */
export async function makeKeysRight(pass: MatchPass, indexId: number): Promise<void> {
  const { pool, claim, target, part, signal, judging, tell } = pass;
  const { begun, until, stale } = await inMatchStep(pool, claim, async (client) => {
    const begins = await beginsIndex(client, indexId);
    if (begins !== null) return { begun: true, until: begins, stale: false };
    const look = await listStaleRecords(client, claim, target, indexId);
    if (!look.stale) await noteRight(client, claim, indexId, look.until);
    return { begun: false, ...look };
  });
  if (!begun && !stale) return;
  await tell(`Keying ${begun ? '' : 'changed '}${part.target.spec.label}`);
  if (begun) await keyAll(pass, indexId);
  for (let after: number | null = stale ? 0 : null; after !== null;) {
    signal.throwIfAborted();
    const begin: number = after;
    after = await inMatchStep(pool, claim, async (client) => {
      const next = await nextStale(client, claim, begin, RECORDS);
      if (next) await keepKeys(client, { id: indexId, target, keyer: (await judging(client)).matcher }, next.ids);
      return next?.after ?? null;
    });
  }
  await inMatchStep(pool, claim, (client) => noteRight(client, claim, indexId, until));
}

/**
 * Makes the keys of all records, for an index that is new. What of it an earlier attempt has done stays; records that are
 * edited meanwhile are stale afterwards like any.
 */
async function keyAll(pass: MatchPass, indexId: number): Promise<void> {
  const { pool, claim, target, signal } = pass;
  const { matcher } = await inMatchStep(pool, claim, (client) => pass.judging(client));
  let keyed: KeyedContent[] = [];
  // The next ones are made while these are written.
  let writing: Promise<void> = Promise.resolve();
  const write = async (least: number): Promise<void> => {
    if (keyed.length < least) return;
    signal.throwIfAborted();
    const some = keyed;
    keyed = [];
    await writing;
    writing = inMatchStep(pool, claim, (client) => addKeys(client, { id: indexId, target, keyer: matcher }, some));
    // It is awaited before the next is written, unless what comes before fails first.
    writing.catch(() => undefined);
  };
  await inReading(pool, (client) =>
    readAllRecords(
      client,
      target,
      ({ id, hash, content }) => keyed.push({ id, hash, keys: matcher.keys(matcher.prepare(content)) }),
      () => write(RECORDS),
    ),
  );
  await write(1);
  await writing;
}

/** Makes the keys of records right before those of staged rows are made. */
export async function catchUp(pass: MatchPass): Promise<void> {
  const { pool, claim } = pass;
  const { indexId } = await inMatchStep(pool, claim, (_, state) => Promise.resolve(state));
  if (indexId !== null) await makeKeysRight(pass, indexId);
  await inMatchStep(pool, claim, (client) => saveMatchState(client, claim, { phase: 'key', position: null }));
}

/** Makes the keys of the rows that came in. */
export async function keyRows(pass: MatchPass, from: string | null): Promise<void> {
  const { pool, claim, signal, tell, part } = pass;
  await tell(`Keying rows for ${part.target.spec.label}`);
  for (let after: string | null | undefined = from; after !== undefined;) {
    signal.throwIfAborted();
    const begin: string | null = after;
    after = await inMatchStep(pool, claim, async (client) => {
      const rows = await nextStagedRows(client, claim, begin, ROWS);
      const last = rows.at(-1);
      if (!last) {
        await linkIdentities(client, claim, MOST_BITS);
        await linkTwins(client, claim, pass.limits.accept);
        await saveMatchState(client, claim, { phase: 'score', position: null });
        return undefined;
      }
      const judging = await pass.judging(client);
      const units = rows.map((row) => unitOf(row, judging, pass.limits));
      await writeUnits(client, claim, units);
      await saveMatchState(client, claim, { phase: 'key', position: last.rowKey });
      return last.rowKey;
    });
  }
}
