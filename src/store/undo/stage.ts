import { hashSql } from '../commit/field-sql.ts';
import { qualified } from '../identifier.ts';
import { chosenOnly, isChosen } from './chosen.ts';
import { isOwn } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { wholeHashSql } from '../own/own-sql.ts';
import { aboutSql } from '../ledger-about.ts';
import { foundById, recordsSql } from '../records-sql.ts';
import { stageReferred, stageReferring } from './circles.ts';
import type { UndoContext, UndoRange } from './context.ts';
import { inEffect } from './entry.ts';

/**
 * Tables of the session that empty themselves at each commit; rows of a rollback never leave the database. `undo_page`
 * are the rows a chunk begins with and the hashes they left, `undo_held` the records they are about, with the hashes of those that are still there
 * and whether somebody has touched what jobs do not write, `undo_rows` all entries of these records, and `undo_records`
 * the records with what becomes of them.
 */
const STAGES = `
  create temporary table if not exists "undo_page" ("row_number" bigint, "record_id" uuid, "expected" bytea)
    on commit delete rows;
  create temporary table if not exists "undo_held" ("record_id" uuid, "written" bytea, "whole" bytea,
    "touched" boolean) on commit delete rows;
  create temporary table if not exists "undo_rows" ("row_number" bigint, "record_id" uuid, "action" text,
    "expected" bytea, "image" jsonb, "at" timestamptz, "other_job" bigint) on commit delete rows;
  create temporary table if not exists "undo_records" ("n" integer, "record_id" uuid, "row_number" bigint,
    "made" boolean, "image" jsonb, "outcome" text, "superseded_by" bigint, "reason" text, "issue" jsonb)
    on commit delete rows`;

/** The rows a chunk begins with. */
export interface Page {
  readonly count: number;
  /** All of them made their records; in a redo, the entries of all keep their records whole. */
  readonly made: boolean;
  /** The range was read to its end. */
  readonly last: boolean;
  /** The row number furthest into the range; null when there was none. */
  readonly reached: number | null;
}

/**
 * Holds the records of a page against everybody else, and judges each as far as its outcome follows from the record
 * itself. Says how many records there are.
 *
 * All rows of the job about one record are staged together, whichever range they are in: the last of them says what the
 * record has to look like, and it goes back to what the first of them found.
 */
export async function stageRecords(context: UndoContext): Promise<number> {
  const { client } = context;
  await (context.redo ? stageReferred : stageReferring)(context);
  await holdRecords(context);
  // What comes after has to see what those have done who held the records before.
  await stageEntries(context);
  // Stages have no statistics, and a chunk of rows is far too many to be compared each with each.
  await client.query('set local enable_nestloop = off');
  const { rowCount } = await client.query(judgeSql(context));
  // Records of an own table are reached through their links and keys: taken for a handful they would be compared each
  // with each there, too.
  if (isOwn(context.spec)) await client.query(`analyze "pg_temp"."undo_records" ("record_id", "made", "outcome")`);
  // The others' entries were only to be looked at.
  await client.query('set local enable_nestloop = on; delete from "undo_rows" where "other_job" is not null');
  return rowCount ?? 0;
}

/** Stages the next rows of a range, from its end to its beginning; a redo goes the other way. */
export async function stagePage(context: UndoContext, { after, upTo, limit }: UndoRange): Promise<Page> {
  const { client, redo, options, targetOrdinal, importNumber, undoneNumber } = context;
  await client.query(STAGES);
  const ledger = redo
    ? `from "import_undos" where "undone_number" = $1 and "job_number" = ${undoneNumber} and ${inEffect('import_undos')}`
    : `from "import_records" where "job_number" = $1
         and "action" in (${options.targetActions.map((action) => `'${action}'`).join(', ')})
         ${chosenOnly(context, '"import_records"')}`;
  const values = redo
    ? `null::bytea as "expected", "effect" = 'deleted' and "shape" is not null as "made"`
    : `coalesce("after_hash", "source_hash") as "expected", "action" = 'created' as "made"`;
  const { rows } = await client.query<{ count: string; made: boolean | null; reached: string | null }>(
    `with "next" as materialized (
       select "row_number", "target_id", ${values} ${ledger}
         and "target_ordinal" = $2 and "row_number" > $3 and "row_number" <= $4
       order by "row_number" ${redo ? 'asc' : 'desc'} limit $5
     ), "page" as (
       insert into "undo_page" select "row_number", "target_id", "expected" from "next"
     )
     select count(*) as "count", bool_and("made") as "made", ${redo ? 'max' : 'min'}("row_number") as "reached" from "next"`,
    [importNumber, targetOrdinal, after, upTo, limit],
  );
  const [page] = rows;
  const reached = page?.reached ?? null;
  const count = Number(page?.count);
  return { count, made: page?.made === true, last: count < limit, reached: reached === null ? null : Number(reached) };
}

/**
 * Holds the records against everybody else: once this returns nobody edits them, and references to them can neither come
 * into being nor be waiting to be committed.
 */
async function holdRecords({ client, tenantId, spec, writtenFields }: UndoContext): Promise<void> {
  const written = hashSql(spec, writtenFields, 't');
  if (isOwn(spec)) {
    const { from, id } = recordsSql(spec);
    await client.query(
      `insert into "undo_held"
       select ${id}, ${written}, null, "l"."whole_hash" <> ${wholeHashSql('t')}
       from ${from} where ${id} in (select "record_id" from "undo_page") order by "l"."created_at", ${id} for update of "t"`,
    );
    return;
  }
  const all = fieldsOfMade(spec, writtenFields);
  const whole = all.length === writtenFields.length ? 'null' : hashSql(spec, all, 't');
  await client.query(
    `insert into "undo_held"
     select "t"."id", ${written}, ${whole}, false from (
       select * from ${qualified(spec.schema, spec.table)} as "r"
       where ${foundById('"r"."tenant_id"', '$1')} and "r"."id" in (select "record_id" from "undo_page")
       order by "r"."created_at", "r"."id" for update
     ) as "t"`,
    [tenantId],
  );
}

/**
 * The fields that tell whether a record is as its maker left it: whoever makes one leaves the fields empty which it does
 * not write, so whatever they hold now somebody else put there.
 */
export function fieldsOfMade(spec: TargetSpec, writtenFields: readonly string[]): readonly string[] {
  return spec.schema === 'target' ? spec.fields.map((field) => field.name) : writtenFields;
}

/**
 * What jobs did to the records, but for what is undone: the job's own rows, and those of other jobs that count after it.
 * Rows of the job that were not chosen count as others'.
 */
async function stageEntries(context: UndoContext): Promise<void> {
  const { client, tenantId, spec, options, redo, targetOrdinal, importNumber, undoneNumber, jobNumber } = context;
  const actions = options.targetActions.includes('created') ? `'created', 'updated'` : `'updated'`;
  const own =
    options.chosen === true ? `"r"."job_number" = $1 and ${isChosen(jobNumber, '"r"')}` : `"r"."job_number" = $1`;
  await client.query(
    `insert into "undo_rows"
     select "r"."row_number", "r"."target_id", "r"."action"::text, coalesce("r"."after_hash", "r"."source_hash"),
       "r"."before_image", "r"."created_at", case when not (${own}) then "r"."job_number" end
     from "import_records" as "r"
     where "r"."target_id" in (select "record_id" from "undo_page") and "r"."action" in ('created', 'updated')
       and ("r"."job_number" = $1 or ${aboutSql(spec, tenantId)})
       and ("r"."job_number" <> $1${redo ? '' : ` or "r"."target_ordinal" = $2 and "r"."action" in (${actions})`})
       and not exists (
         select from "import_undos" as "u"
         where "u"."undone_number" = "r"."job_number" and "u"."target_ordinal" = "r"."target_ordinal"
           and "u"."row_number" = "r"."row_number" and ("u"."job_number" = $3 or ${inEffect('u')}) offset 0
       ) and $2::int is not null`,
    [importNumber, targetOrdinal, jobNumber],
  );
  if (!redo) return;
  // What was kept in a chunk before, with rows of its record that come now, is still to be brought back.
  const dealtWith = `exists (
    select from "import_undos" as "e" where "e"."undone_number" = ${undoneNumber} and "e"."target_ordinal" = $2
      and "e"."row_number" = "u"."row_number" and "e"."job_number" = ${jobNumber} offset 0)`;
  // One record, one entry at a time, by the keys that find them: while there are no statistics of a ledger just written,
  // all of it is taken for a row or two and would be read anew for every record.
  await client.query(
    `insert into "undo_rows"
     select "u"."row_number", "u"."target_id", case "u"."effect" when 'deleted' then 'created' else 'updated' end,
       "u"."after_hash", "u"."before_image", "u"."created_at", null
     from (select distinct "record_id" from "undo_page") as "p"
     cross join lateral (
       select * from "import_records" as "e"
       where "e"."target_id" = "p"."record_id" and "e"."action" in ('created', 'updated') offset 0
     ) as "r"
     cross join lateral (
       select * from "import_undos" as "e"
       where "e"."undone_number" = "r"."job_number" and "e"."target_ordinal" = "r"."target_ordinal"
         and "e"."row_number" = "r"."row_number" and "e"."job_number" = $3 offset 0
     ) as "u"
     where "r"."job_number" = $1 and "r"."target_ordinal" = $2 and ${inEffect('u')} and not ${dealtWith}`,
    [importNumber, targetOrdinal, undoneNumber],
  );
}

/**
 * The records and what follows for each from how it looks now: a later job's change counts before a person's, which is
 * told by the hash alone.
 */
function judgeSql({ redo, importNumber }: UndoContext): string {
  const hash = `case when "made" then coalesce("whole", "written") else "written" end`;
  const gone = redo ? `case when "made" then 'reversed' else 'kept_edited' end` : `'kept_edited'`;
  const unchanged = redo
    ? `not "made" and "written" = "expected"`
    : `${hash} = "expected" and not ("made" and "touched" is true)`;
  const own = `"other_job" is null`;
  return `
    insert into "undo_records"
    select row_number() over (order by "row_number" ${redo ? 'asc' : 'desc'}), "record_id", "row_number", "made", ${redo ? '"last_image"' : '"first_image"'}, "outcome",
      case when "outcome" = 'kept_superseded' then case when "sibling" > "first_row" then ${importNumber} else "later"[2]::bigint end end,
      case when "sibling" > "first_row" then 'A later row of the job has changed the record, and was not chosen.'
        when "outcome" = 'kept_superseded' then 'A later job has changed the record.'
        when "outcome" = 'kept_edited' then
          case when "written" is null then 'The record has been deleted since.' else 'The record has been edited since.' end
      end
    from (
      select *, case
          when "sibling" > "first_row" then 'kept_superseded'
          when "later" > array[extract(epoch from "at"), ${importNumber}] then 'kept_superseded'
          when "written" is null then ${gone}
          when ${unchanged} then 'reversed'
          else 'kept_edited'
        end as "outcome"
      from (
        select "record_id",
          max("row_number") filter (where ${own}) as "row_number",
          bool_or("action" = 'created') filter (where ${own}) as "made",
          max("at") filter (where ${own}) as "at",
          min("row_number") filter (where ${own}) as "first_row",
          max("row_number") filter (where "other_job" = ${importNumber}) as "sibling",
          max(array[extract(epoch from "at"), "other_job"]) filter (where "other_job" <> ${importNumber}) as "later"
        from "undo_rows" group by "record_id" having bool_or(${own})
      ) as "s"
      join (select "row_number", "expected", "image" as "last_image" from "undo_rows" where ${own}) as "last"
        using ("row_number")
      join (select "row_number" as "first_row", "image" as "first_image" from "undo_rows" where ${own}) as "first"
        using ("first_row")
      left join "undo_held" using ("record_id")
    ) as "judged"`;
}
