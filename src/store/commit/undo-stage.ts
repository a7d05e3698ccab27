import { hashSql } from './field-sql.ts';
import { qualified } from '../identifier.ts';
import type { UndoContext, UndoRange } from './undo-context.ts';

/** Tables of the session that empty themselves at each commit; rows of a rollback never leave the database. */
const STAGES = `
  create temporary table if not exists "undo_page" ("row_number" bigint, "record_id" uuid) on commit delete rows;
  create temporary table if not exists "undo_rows" ("row_number" bigint, "record_id" uuid, "action" text,
    "expected" bytea, "image" jsonb, "at" timestamptz) on commit delete rows;
  create temporary table if not exists "undo_records" ("n" integer, "record_id" uuid unique, "row_number" bigint,
    "made" boolean, "image" jsonb, "outcome" text, "superseded_by" bigint, "reason" text) on commit delete rows`;

/** What was staged. */
export interface Staged {
  /** The range was read to its end. */
  readonly last: boolean;
  /** The row number furthest into the range; null when there was none. */
  readonly reached: number | null;
  /** Records the rows are about. */
  readonly records: number;
}

/**
 * Stages the next rows of a range, from its end to its beginning (a redo goes the other way), holds the records they
 * are about against everybody else, and judges each: `undo_rows` are the rows, `undo_records` the records, with their
 * outcome as far as it follows from the record itself.
 *
 * All rows of the job about one record are staged together, whichever range they are in: the last of them says what the
 * record has to look like, and it goes back to what the first of them found.
 */
export async function stageRows(context: UndoContext, range: UndoRange): Promise<Staged> {
  const { client, tenantId, spec } = context;
  await client.query(STAGES);
  const page = await stagePage(context, range);
  if (page.count === 0) return { last: true, reached: null, records: 0 };
  // References to a held record can neither come into being nor be waiting to be committed once this returns.
  await client.query(
    `select count(*) from (
       select from ${qualified(spec.schema, spec.table)} as "t"
       where "t"."tenant_id" = $1 and "t"."id" in (select "record_id" from "undo_page")
       order by "t"."created_at", "t"."id" for update of "t"
     ) as "held"`,
    [tenantId],
  );
  // What comes after has to see what those have done who held the records before.
  await (context.redo ? stageUndone(context) : stageLedger(context));
  const { rowCount } = await client.query(judgeSql(context), [tenantId, context.importNumber]);
  return { last: page.count < range.limit, reached: page.reached, records: rowCount ?? 0 };
}

async function stagePage(
  { client, redo, options, targetOrdinal, importNumber, undoneNumber }: UndoContext,
  { after, upTo, limit }: UndoRange,
): Promise<{ count: number; reached: number | null }> {
  const ledger = redo
    ? `from "import_undos" where "undone_number" = $1 and "job_number" = ${undoneNumber} and "in_effect"`
    : `from "import_records" where "job_number" = $1
         and "action" in (${options.targetActions.map((action) => `'${action}'`).join(', ')})`;
  const { rows } = await client.query<{ count: string; reached: string | null }>(
    `with "page" as (
       insert into "undo_page"
       select "row_number", "target_id" ${ledger}
         and "target_ordinal" = $2 and "row_number" > $3 and "row_number" <= $4
       order by "row_number" ${redo ? 'asc' : 'desc'} limit $5
       returning "row_number"
     )
     select count(*) as "count", ${redo ? 'max' : 'min'}("row_number") as "reached" from "page"`,
    [importNumber, targetOrdinal, after, upTo, limit],
  );
  const [page] = rows;
  const reached = page?.reached ?? null;
  return { count: Number(page?.count), reached: reached === null ? null : Number(reached) };
}

/** The rows of an import, but for those that are undone already. */
async function stageLedger({ client, options, targetOrdinal, importNumber, jobNumber }: UndoContext): Promise<void> {
  const actions = options.targetActions.includes('created') ? `'created', 'updated'` : `'updated'`;
  await client.query(
    `insert into "undo_rows"
     select "r"."row_number", "r"."target_id", "r"."action"::text, coalesce("r"."after_hash", "r"."source_hash"),
       "r"."before_image", "r"."created_at"
     from "import_records" as "r"
     where "r"."target_id" in (select "record_id" from "undo_page") and "r"."action" in (${actions})
       and "r"."job_number" = $1 and "r"."target_ordinal" = $2 and not exists (
         select from "import_undos" as "u"
         where "u"."undone_number" = $1 and "u"."target_ordinal" = $2 and "u"."row_number" = "r"."row_number"
           and ("u"."in_effect" or "u"."job_number" = $3)
       )`,
    [importNumber, targetOrdinal, jobNumber],
  );
}

/** The rows a rollback reversed, but for those that are redone already. */
async function stageUndone({
  client,
  targetOrdinal,
  importNumber,
  undoneNumber,
  jobNumber,
}: UndoContext): Promise<void> {
  await client.query(
    `insert into "undo_rows"
     select "u"."row_number", "u"."target_id", case "u"."effect" when 'deleted' then 'created' else 'updated' end,
       "u"."after_hash", "u"."before_image", "u"."created_at"
     from "import_undos" as "u"
     where "u"."target_id" in (select "record_id" from "undo_page") and "u"."effect" is not null
       and "u"."undone_number" = $1 and "u"."target_ordinal" = $2 and "u"."job_number" = $3 and "u"."in_effect"
       and not exists (
         select from "import_undos" as "v"
         where "v"."undone_number" = $3 and "v"."target_ordinal" = $2 and "v"."row_number" = "u"."row_number"
           and "v"."job_number" = $4
       )`,
    [importNumber, targetOrdinal, undoneNumber, jobNumber],
  );
}

/**
 * The records and what follows for each from how it looks now: a later job's change counts before a person's, which is
 * told by the hash alone.
 */
function judgeSql({ spec, writtenFields, redo }: UndoContext): string {
  const written = hashSql(spec, writtenFields, 't');
  // Whoever made a record left the fields it did not write empty, so whatever they hold now somebody else put there.
  // Tables of somebody else's may fill them by themselves.
  const all = spec.schema === 'target' ? spec.fields.map((field) => field.name) : writtenFields;
  const whole = hashSql(spec, all, 't');
  const gone = redo ? `case when "s"."made" then 'reversed' else 'kept_edited' end` : `'kept_edited'`;
  const there = redo
    ? `case when "s"."made" or ${written} is distinct from "s"."expected" then 'kept_edited' else 'reversed' end`
    : `case when (case when "s"."made" then ${whole} else ${written} end) is distinct from "s"."expected"
         then 'kept_edited' else 'reversed' end`;
  return `
    insert into "undo_records" ("n", "record_id", "row_number", "made", "image", "outcome", "superseded_by", "reason")
    select "n", "record_id", "row_number", "made", "image", "outcome",
      case when "outcome" = 'kept_superseded' then "later" end,
      case "outcome"
        when 'kept_superseded' then 'A later job has changed the record.'
        when 'kept_edited' then case when "there" then 'The record has been edited since.' else 'The record has been deleted since.' end
      end
    from (
      select "s".*, "l"."job_number" as "later", "t"."id" is not null as "there",
        case when "l"."job_number" is not null then 'kept_superseded' when "t"."id" is null then ${gone} else ${there} end
          as "outcome"
      from (
        select row_number() over (order by max("row_number") desc)::integer as "n", "record_id",
          max("row_number") as "row_number", bool_or("action" = 'created') as "made", max("at") as "at",
          (array_agg("expected" order by "row_number" desc))[1] as "expected",
          (array_agg("image" order by "row_number")${redo ? ` filter (where "image" is not null)` : ''})[1] as "image"
        from "undo_rows" group by "record_id"
      ) as "s"
      left join ${qualified(spec.schema, spec.table)} as "t" on "t"."id" = "s"."record_id" and "t"."tenant_id" = $1
      left join lateral (
        select "r"."job_number" from "import_records" as "r"
        where "r"."target_id" = "s"."record_id" and "r"."action" in ('created', 'updated')
          and "r"."job_number" <> $2 and ("r"."created_at", "r"."job_number") > ("s"."at", $2)
          and not exists (
            select from "import_undos" as "u"
            where "u"."undone_number" = "r"."job_number" and "u"."target_ordinal" = "r"."target_ordinal"
              and "u"."row_number" = "r"."row_number" and "u"."in_effect"
          )
        order by "r"."created_at" desc, "r"."job_number" desc limit 1
      ) as "l" on true
    ) as "judged"`;
}
