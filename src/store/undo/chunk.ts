import type { Counters } from '../../domain/counters.ts';
import { NO_ROWS } from '../../domain/counters.ts';
import { NO_UNDOS } from '../../domain/rollback.ts';
import type { UndoCounts, UndoOutcome } from '../../domain/rollback.ts';
import { isOwn } from '../../domain/target.ts';
import { changedTable } from '../own/hold-table.ts';
import { holdTable } from './catalog.ts';
import type { TableFacts } from './catalog.ts';
import { isDataError, issueOfDatabaseError } from '../commit/database-error.ts';
import { beginFenced } from '../commit/partition-claim.ts';
import type { PartitionClaim } from '../commit/partition-claim.ts';
import { forgetAliases, rememberAliases } from './aliases.ts';
import { keepRecordsFindable } from '../match/kept-indexes.ts';
import { markDeleted } from './chosen.ts';
import type { Part, UndoContext, UndoRange, UndoTask } from './context.ts';
import { rememberShape, shapesOf } from './entry.ts';
import type { Shape } from './entry.ts';
import { clearReferences, keepFollowed, keepReferenced, restoreReferences } from './references.ts';
import { isGivenUp, setWaitingAside } from './rehearsal.ts';
import { recreateAsGone } from './as-gone.ts';
import { deleteAsMade } from './as-made.ts';
import { stagePage, stageRecords } from './stage.ts';
import type { Page } from './stage.ts';
import {
  deleteRecords,
  failUntouched,
  keepTaken,
  recordOthers,
  recreateRecords,
  restoreRecords,
  writeRefusals,
} from './write.ts';

/** What a chunk of a rollback did. */
export interface Undone {
  readonly outcomes: UndoCounts;
  /** The row number to go on from. */
  readonly reached: number;
  /** The range has no rows left. */
  readonly last: boolean;
}

/**
 * Undoes the next rows of a range: target records, entries of the rows, aliases, counters and checkpoint in ONE
 * transaction, or nothing. Fenced like `commitChunk`, and throws as that does. A dry run leaves no
 * more than the entries and issues.
 */
export async function commitUndo(given: UndoTask, claim: PartitionClaim, range: UndoRange): Promise<Undone> {
  const { client, redo, options, spec, writtenFields } = given;
  try {
    await beginFenced(client, claim);
    const facts = await holdTable(client, spec, writtenFields);
    const context: UndoContext = { ...given, facts, shapes: await shapesFor(given, facts) };
    const page = await stagePage(context, range);
    const atOnce = range.careful !== true && (await (redo ? recreateAsGone : deleteAsMade)(context, page));
    const outcomes = atOnce ? { ...NO_UNDOS, reversed: page.count } : await undoPage(context, page);
    if (!options.dryRun && !redo) await forgetAliases(context, scanned(range, page), atOnce);
    if (!options.dryRun && redo && page.last) await rememberAliases(context);
    if (!options.dryRun) await keepRecordsFindable(client, given.tenantId, spec, () => changedRecords(context, atOnce));
    const reached = page.reached ?? (redo ? range.upTo : range.after);
    await advance(context, claim, { outcomes, reached, last: page.last });
    await client.query('commit');
    return { outcomes, reached, last: page.last };
  } catch (error) {
    // Where even that fails the connection is dead and its transaction died with it.
    await client.query('rollback').catch(() => undefined);
    throw isOwn(spec) ? changedTable(error, spec) : error;
  }
}

async function shapesFor(task: UndoTask, facts: TableFacts): Promise<Shape[]> {
  const { client, redo, options, jobNumber, undoneNumber, targetOrdinal } = task;
  if (redo) return shapesOf(client, undoneNumber, targetOrdinal);
  return options.dryRun ? [] : [await rememberShape(client, jobNumber, targetOrdinal, facts)];
}

/** Undoes the staged rows record by record, as each of them demands. */
async function undoPage(context: UndoContext, page: Page): Promise<UndoCounts> {
  if (page.count === 0) return NO_UNDOS;
  const { redo, options } = context;
  const records = await stageRecords(context);
  await (redo ? keepTaken : keepReferenced)(context);
  await change(context, { from: 1, to: records });
  await recordOthers(context);
  await writeRefusals(context);
  if (!options.dryRun) await markDeleted(context);
  return countOutcomes(context);
}

/** The row numbers a chunk has dealt with: above the first, up to the second. */
function scanned({ after, upTo }: UndoRange, { last, reached }: Page): { after: number; upTo: number } {
  return { after: last || reached === null ? after : reached - 1, upTo };
}

/**
 * Changes the records; a dry run takes it back and keeps what became of them.
 */
async function change(context: UndoContext, part: Part): Promise<void> {
  const { client, redo, options } = context;
  if (part.to < part.from) return;
  if (!options.dryRun) {
    const written = await apply(context, part);
    if (written !== (await countOutcomes(context)).reversed) await failUntouched(context);
    return;
  }
  await client.query('savepoint "rehearsal"');
  if (redo) await setWaitingAside(context);
  await apply(context, part);
  const { rows } = await client.query<{ others: string | null }>(
    `select json_agg("undo_records")::text as "others" from "undo_records" where "outcome" not in ('reversed', 'waiting')`,
  );
  await client.query('rollback to savepoint "rehearsal"');
  await client.query(
    `update "undo_records" as "d"
     set "outcome" = "o"."outcome", "reason" = "o"."reason", "superseded_by" = "o"."superseded_by", "issue" = "o"."issue"
     from json_populate_recordset(null::"pg_temp"."undo_records", $1) as "o" where "d"."n" = "o"."n"`,
    [rows[0]?.others ?? '[]'],
  );
}

/**
 * Changes the records of a part. What the database refuses is found by halving the part until it stands alone; that
 * record stays as it is and says why. Gives back how many entries were written.
 */
async function apply(context: UndoContext, part: Part): Promise<number> {
  const { client, redo, spec, options } = context;
  await client.query('savepoint "part"; set constraints all deferred');
  try {
    let written: number;
    if (redo) {
      written = await recreateRecords(context, part);
      await restoreReferences(context, part);
    } else {
      await clearReferences(context, part);
      await keepFollowed(context, part);
      written = await deleteRecords(context, part);
    }
    written += await restoreRecords(context, part);
    // Whatever is checked only at the end of a transaction is checked now, while its rows can still be told apart.
    await client.query('set constraints all immediate');
    await client.query('release savepoint "part"');
    return written;
  } catch (error) {
    await client.query('rollback to savepoint "part"');
    if (!isDataError(error, spec)) throw error;
    if (part.from === part.to) {
      if (options.dryRun && (await isGivenUp(context, part.from, error))) return 0;
      const issue = issueOfDatabaseError(error, spec);
      await client.query(
        `update "undo_records" set "outcome" = 'failed', "reason" = $2, "issue" = $3
         where "n" = $1 and "outcome" = 'reversed'`,
        [part.from, issue.message, JSON.stringify(issue)],
      );
      return 0;
    }
    const middle = Math.floor((part.from + part.to) / 2);
    const first = await apply(context, { from: part.from, to: middle });
    return first + (await apply(context, { from: middle + 1, to: part.to }));
  }
}

/** The records that were changed, brought back or removed. */
async function changedRecords({ client }: UndoContext, atOnce: boolean): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    atOnce
      ? `select "record_id"::text as "id" from "undo_page"`
      : `select "record_id"::text as "id" from "undo_records" where "outcome" = 'reversed'`,
  );
  return rows.map(({ id }) => id);
}

async function countOutcomes({ client }: UndoContext): Promise<UndoCounts> {
  const { rows } = await client.query<{ outcome: UndoOutcome; count: string }>(
    `select "d"."outcome", count(*) as "count"
     from "undo_rows" as "r" join "undo_records" as "d" on "d"."record_id" = "r"."record_id" group by "d"."outcome"`,
  );
  return { ...NO_UNDOS, ...Object.fromEntries(rows.map(({ outcome, count }) => [outcome, Number(count)])) };
}

/** Outcomes in the words every job is counted in: what was changed, what was left alone, what could not be done. */
export function countersOf(outcomes: UndoCounts): Counters {
  return {
    ...NO_ROWS,
    updated: outcomes.reversed,
    skipped: outcomes.kept_edited + outcomes.kept_referenced + outcomes.kept_superseded,
    failed: outcomes.failed,
  };
}

async function advance({ client }: UndoContext, claim: PartitionClaim, undone: Undone): Promise<void> {
  const { updated, skipped, failed } = countersOf(undone.outcomes);
  await client.query(
    `with "advanced" as (
       update "import_partitions" set "position" = $2::jsonb, "rows_done" = "rows_done" + $3, "updated" = "updated" + $4,
         "skipped" = "skipped" + $5, "failed" = "failed" + $6, "finished" = $7, "progressed_at" = clock_timestamp(),
         "undo_outcomes" = (
           select jsonb_object_agg("key", "value"::bigint + coalesce(("undo_outcomes"->>"key")::bigint, 0))
           from jsonb_each_text($8::jsonb))
       where "id" = $1
     )
     select pg_notify('lading_progress', $9)`,
    [
      claim.partitionId,
      JSON.stringify({ key: [String(undone.reached)], ordinal: 1 }),
      updated + skipped + failed,
      updated,
      skipped,
      failed,
      undone.last,
      JSON.stringify(undone.outcomes),
      claim.jobId,
    ],
  );
}
