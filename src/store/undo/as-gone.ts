import { isOwn } from '../../domain/target.ts';
import { qualified, quoted } from '../identifier.ts';
import { aboutSql } from '../ledger-about.ts';
import { isDataError } from '../commit/database-error.ts';
import type { UndoContext } from './context.ts';
import { ENTRY, undoneEntry, wholeValues } from './entry.ts';
import type { Page } from './stage.ts';

/**
 * The other way round from `deleteAsMade`: brings the records of a page back in one statement, where the rollback that is
 * undone removed all of them, nothing has taken their place and nothing else was ever done to them. Says false, and has
 * done nothing, when that does not hold for all of them or cannot be shown this way.
 */
export async function recreateAsGone(context: UndoContext, page: Page): Promise<boolean> {
  const { client, spec, facts, options } = context;
  if (page.count === 0 || !page.made || options.dryRun || isOwn(spec) || !facts.unwatched) return false;
  // What refers to its own table may come in an order that only looking at each record tells.
  if (facts.referrers.some(({ self }) => self) || (await haveMore(context))) return false;
  await client.query('savepoint "as_gone"');
  try {
    if ((await recreatePage(context)) === page.count) {
      // Whatever is checked only at the end of a transaction is checked while there is a way back.
      await client.query('set constraints all immediate');
      await writeEntries(context);
      return true;
    }
  } catch (error) {
    // Another record has the place of one, or what one refers to is not there.
    if (!isDataError(error)) throw error;
  }
  await client.query('rollback to savepoint "as_gone"');
  return false;
}

async function recreatePage(context: UndoContext): Promise<number> {
  const { client, spec, facts, importNumber, targetOrdinal, undoneNumber } = context;
  const { rowCount } = await client.query(
    `insert into ${qualified(spec.schema, spec.table)} (${facts.columns.map(({ name }) => quoted(name)).join(', ')})
       overriding system value
     select ${wholeValues(context, facts.columns)}
     from "undo_page" as "d" cross join lateral ${undoneEntry('$1', '$2', '$3')} as "u"`,
    [importNumber, targetOrdinal, undoneNumber],
  );
  return rowCount ?? 0;
}

async function writeEntries({ client, undoneNumber, targetOrdinal, jobNumber }: UndoContext): Promise<void> {
  await client.query(
    `insert into ${ENTRY}
     select $1, $2, "row_number", $3, "record_id", 'reversed', 'recreated', true, null, null, null, null, null, null
     from "undo_page"`,
    [undoneNumber, targetOrdinal, jobNumber],
  );
}

/** Whether there is more to a record of the page: other rows wrote it, its row is marked, or references were cleared. */
async function haveMore({
  client,
  tenantId,
  spec,
  importNumber,
  targetOrdinal,
  undoneNumber,
}: UndoContext): Promise<boolean> {
  const { rows } = await client.query<{ more: boolean }>(
    `select exists (
       select from "import_undo_references" where "job_number" = $3 and "target_ordinal" = $2
     ) or exists (
       select from "undo_page" as "d" cross join lateral (
         select "job_number", "target_ordinal", "row_number", "deleted_at" from "import_records" as "r"
         where "r"."target_id" = "d"."record_id" and "r"."action" in ('created', 'updated') offset 0
       ) as "r"
       where ("r"."deleted_at" is not null or not
         ("r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."row_number" = "d"."row_number"))
         and ${aboutSql(spec, tenantId)}
     ) as "more"`,
    [importNumber, targetOrdinal, undoneNumber],
  );
  return rows[0]?.more === true;
}
