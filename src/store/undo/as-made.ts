import { isOwn } from '../../domain/target.ts';
import { qualified } from '../identifier.ts';
import { aboutSql } from '../ledger-about.ts';
import { reachSql } from '../records-sql.ts';
import { isDataError } from '../commit/database-error.ts';
import { hashSql } from '../commit/field-sql.ts';
import type { UndoContext } from './context.ts';
import { referring } from './references.ts';
import { fieldsOfMade } from './stage.ts';
import type { Page } from './stage.ts';
import { ENTRY, wholeRow } from './entry.ts';
import { mayProveUnreferred, withoutForeignKeys } from './write.ts';

/**
 * Removes the records of a page in one statement, where all of them were made by its rows and are as these left them: what
 * nobody has edited, no other row has changed and nothing refers to, which is the most of most imports. Says false, and
 * has done nothing, when that does not hold for all of them or cannot be shown this way.
 *
 * Nobody looks before the records go: the statement holds each while it compares its hash, also that of a version written
 * meanwhile, and what refers to them and which other rows changed them is asked thereafter. Whoever was about to refer to
 * one or to change it has been waited for by then; whoever wants to from then on waits for the chunk, and finds it gone.
 */
export async function deleteAsMade(context: UndoContext, page: Page): Promise<boolean> {
  if (page.count === 0 || !page.made || !mayBeTried(context)) return false;
  const { client } = context;
  // Each record is reached by its key: else the planner takes reading a whole table of some hundred thousand for cheaper,
  // and takes the hash of every record in it.
  await client.query('savepoint "as_made"; set local enable_hashjoin = off; set local enable_mergejoin = off');
  try {
    const deleted = await withoutForeignKeys(context, () => deletePage(context));
    if (deleted === page.count && !(await areHeld(context))) {
      await client.query('set local enable_hashjoin to default; set local enable_mergejoin to default');
      return true;
    }
  } catch (error) {
    // A row may have its entry from a chunk before, which kept its record.
    if (!isDataError(error)) throw error;
  }
  await client.query('rollback to savepoint "as_made"');
  return false;
}

function mayBeTried(context: UndoContext): boolean {
  const { facts, options, redo, spec } = context;
  const byId = facts.referrers.every(({ columns }) => columns.length === 1 && columns[0]?.refersTo === 'id');
  return !redo && !isOwn(spec) && options.chosen !== true && byId && mayProveUnreferred(context);
}

async function deletePage(context: UndoContext): Promise<number> {
  const { client, tenantId, spec, facts, writtenFields, undoneNumber, targetOrdinal, jobNumber } = context;
  const { rowCount } = await client.query(
    `with "w" as (
       delete from ${qualified(spec.schema, spec.table)} as "t" using "undo_page" as "d"
       where ${reachSql(spec, '"d"."record_id"', '$4').where}
         and ${hashSql(spec, fieldsOfMade(spec, writtenFields), 't')} = "d"."expected"
       returning "d"."row_number", "d"."record_id", ${wholeRow(facts)} as "whole"
     )
     insert into ${ENTRY}
     select $1, $2, "row_number", $3, "record_id", 'reversed', 'deleted', true, null, null, null, null, $5, "whole"
     from "w"`,
    [undoneNumber, targetOrdinal, jobNumber, tenantId, context.shapes[0]?.id ?? null],
  );
  return rowCount ?? 0;
}

/** Whether anything refers to records of the page, or any other row of any job has changed one. */
async function areHeld({ client, tenantId, spec, facts, importNumber, targetOrdinal }: UndoContext): Promise<boolean> {
  const referred = facts.referrers.map(
    (referrer) =>
      `exists (select from "undo_page" as "d" cross join lateral (select from ${referring(referrer, spec)}) as "f")`,
  );
  const changed = `exists (
    select from "undo_page" as "d" cross join lateral (
      select "job_number", "target_ordinal", "row_number" from "import_records" as "r"
      where "r"."target_id" = "d"."record_id" and "r"."action" in ('created', 'updated') offset 0
    ) as "r"
    where not ("r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."row_number" = "d"."row_number")
      and ${aboutSql(spec, tenantId)}
  )`;
  const { rows } = await client.query<{ held: boolean }>(`select ${[...referred, changed].join(' or ')} as "held"`, [
    importNumber,
    targetOrdinal,
  ]);
  return rows[0]?.held === true;
}
