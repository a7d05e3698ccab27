import { qualified, quoted } from '../identifier.ts';
import { idOfRowSql } from '../records-sql.ts';
import { chosenOnly } from './chosen.ts';
import type { Referrer } from './catalog.ts';
import type { UndoContext } from './context.ts';
import { referring } from './references.ts';
import { inEffect, wholeValue } from './entry.ts';

/**
 * In a table that refers to itself: what the job made that refers to records of the page is undone with them, whatever
 * their order; otherwise each of a circle of chunks would keep the next.
 */
export async function stageReferring(context: UndoContext): Promise<void> {
  const { client, spec, facts, options, importNumber, targetOrdinal } = context;
  if (!options.targetActions.includes('created')) return;
  const found = facts.referrers
    .filter(({ self }) => self)
    .map(
      (referrer) => `select "r"."row_number", "r"."target_id", null::bytea
        from "undo_page" as "d" join lateral (
          select ${idOfRowSql(spec, 'f')} as "id" from ${referring(referrer, spec)}) as "f" on true
        join "import_records" as "r" on "r"."target_id" = "f"."id"
        where "r"."job_number" = $1 and "r"."target_ordinal" = $2 and "r"."action" = 'created'
          and not exists (select from "undo_page" as "p" where "p"."record_id" = "f"."id")
          ${chosenOnly(context, '"r"')}`,
    );
  if (found.length === 0) return;
  for (let more: number | null = 1; more;)
    ({ rowCount: more } = await client.query(`insert into "undo_page" ${found.join(' union ')}`, [
      importNumber,
      targetOrdinal,
    ]));
}

/**
 * The other way round: what comes back comes together with what it refers to in its own table, where that has gone as
 * well and would only come back in a later chunk.
 */
export async function stageReferred(context: UndoContext): Promise<void> {
  for (const referrer of context.facts.referrers.filter(({ self }) => self)) {
    for (let more = 1; more > 0;) more = await stageMissing(context, referrer);
  }
}

/** All entries are only read where something is missing: rows come back in the order in which they once came. */
async function stageMissing(context: UndoContext, { columns }: Referrer): Promise<number> {
  const { client, spec, importNumber, undoneNumber, targetOrdinal } = context;
  const valuesOf = (names: readonly string[]): string =>
    `array[${names.map((name) => wholeValue(context, name)).join(', ')}]`;
  const [own, other] = [columns.map(({ name }) => name), columns.map(({ refersTo }) => refersTo)];
  const there = columns.map(
    ({ name, type, refersTo }) => `"t".${quoted(refersTo)} = ${wholeValue(context, name)}::${type}`,
  );
  const { rowCount } = await client.query(
    `with "entries" as materialized (
       select "u".* from "undo_page" as "d" cross join lateral (
         select * from "import_undos" as "e"
         where "e"."undone_number" = $1 and "e"."target_ordinal" = $2 and "e"."row_number" = "d"."row_number"
           and "e"."job_number" = $3 offset 0
       ) as "u" where "u"."shape" is not null
     ), "missing" as materialized (
       select ${valuesOf(own)} as "key" from "entries" as "u"
       where array_position(${valuesOf(own)}, null) is null
         and ${valuesOf(own)} not in (select ${valuesOf(other)} from "entries" as "u")
         and not exists (
           select from ${qualified(spec.schema, spec.table)} as "t" where ${there.join(' and ')} offset 0)
     )
     insert into "undo_page"
     select distinct "u"."row_number", "u"."target_id", null::bytea
     from "import_undos" as "u" join "missing" as "m" on "m"."key" = ${valuesOf(other)}
     where exists (select from "missing") and "u"."undone_number" = $1 and "u"."target_ordinal" = $2
       and "u"."job_number" = $3 and ${inEffect('u')} and "u"."shape" is not null`,
    [importNumber, targetOrdinal, undoneNumber],
  );
  return rowCount ?? 0;
}
