import { literal, objectSql } from '../commit/field-sql.ts';
import { isOwn } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import { qualified, quoted } from '../identifier.ts';
import { idOfRowSql, recordsSql } from '../records-sql.ts';
import type { Part, UndoContext } from './context.ts';
import type { Referrer } from './catalog.ts';

/**
 * Keeps the records that others refer to: all of them where relationships are preserved, else those whose referrers
 * cannot be cleared. Records that refer to each other and all go are no obstacle to one another.
 */
export async function keepReferenced(context: UndoContext): Promise<void> {
  const { facts, options } = context;
  await keepThoseOf(
    context,
    facts.referrers.filter(({ clearing }) => options.preserveRelationships || clearing.length === 0),
  );
}

/**
 * Keeps the records of a part with which rows that refer to them would go or change without a word (`on delete cascade`
 * and the like): a trigger may have kept the reference that was to be cleared, or the referrer goes in another part.
 */
export async function keepFollowed(context: UndoContext, part: Part): Promise<void> {
  const { facts, options } = context;
  await keepThoseOf(
    context,
    facts.referrers.filter(({ follows, self }) => follows && (self || !options.preserveRelationships)),
    part,
  );
}

async function keepThoseOf(context: UndoContext, holding: readonly Referrer[], part?: Part): Promise<void> {
  for (;;) {
    let kept = 0;
    for (const referrer of holding) kept += await keepThoseOfOne(context, referrer, part);
    // A record that is kept after all may refer to one that was to go with it.
    if (kept === 0 || !holding.some((referrer) => referrer.self)) return;
  }
}

async function keepThoseOfOne(context: UndoContext, referrer: Referrer, part?: Part): Promise<number> {
  const { client, options, spec } = context;
  const among = (alias: string): string => (part ? `and ${quoted(alias)}."n" between ${part.from} and ${part.to}` : '');
  const going = referrer.self ? `and not ${isGoing(spec, among('g'))}` : '';
  const { rowCount } = await client.query(
    `update "undo_records" as "d" set "outcome" = 'kept_referenced', "reason" = $1
     where "d"."outcome" = 'reversed' and "d"."made" ${among('d')} and exists (
       select from ${referring(referrer, spec)} ${going} ${options.dryRun ? stillThere(context, referrer) : ''}
     )`,
    [`Records of ${referrer.schema}.${referrer.table} refer to it (${namesOf(referrer).join(', ')}).`],
  );
  return rowCount ?? 0;
}

/** Whether the row `f` of the target's own table is a record that goes. */
function isGoing(spec: TargetSpec, among: string): string {
  return `exists (select from "undo_records" as "g"
         where "g"."record_id" = ${idOfRowSql(spec, 'f')} and "g"."made" and "g"."outcome" = 'reversed' ${among})`;
}

/** From the rows that refer to the record of `d`, as `f`. */
export function referring({ schema, table, columns }: Referrer, spec: TargetSpec): string {
  const from = `${qualified(schema, table)} as "f"`;
  const [only] = columns;
  if (!isOwn(spec) && columns.length === 1 && only?.refersTo === 'id')
    return `${from} where "f".${quoted(only.name)} = "d"."record_id"`;
  const records = recordsSql(spec, 'r');
  const pairs = columns.map(({ name, refersTo }) => `"f".${quoted(name)} = "r".${quoted(refersTo)}`);
  return `${from} join ${records.from} on ${pairs.join(' and ')} where ${records.id} = "d"."record_id"`;
}

/** In a dry run what was to go before is still there: it does not count, nor what would be changed back to refer elsewhere. */
function stillThere(context: UndoContext, { key, columns, root }: Referrer): string {
  const own = context.targets.find((spec) => isOwn(spec) && spec.schema === root.schema && spec.table === root.table);
  const [only] = key;
  const id = own ? idOfRowSql(own, 'f') : key.length === 1 && only?.type === 'uuid' ? `"f".${quoted(only.name)}` : null;
  if (id === null) return '';
  const elsewhere = columns.map(
    ({ name }) =>
      `("u"."before_image" ? ${literal(name)} and "u"."before_image"->>${literal(name)} is distinct from "f".${quoted(name)}::text)`,
  );
  return `and not exists (select ${entryOf(id, context)}
      and ("u"."effect" = 'deleted' or ${elsewhere.join(' or ')}))`;
}

/** From the entries `u` of a rollback that would change the record whose id is given. */
export function entryOf(
  recordId: string,
  {
    redo,
    undoneNumber,
    importNumber,
    jobNumber,
  }: Pick<UndoContext, 'redo' | 'undoneNumber' | 'importNumber' | 'jobNumber'>,
): string {
  const undone = redo
    ? `"u"."undone_number" = ${undoneNumber} and "e"."job_number" = ${importNumber}`
    : `"u"."undone_number" = "e"."job_number"`;
  return `from "import_records" as "e" join "import_undos" as "u" on ${undone}
      and "u"."target_ordinal" = "e"."target_ordinal" and "u"."row_number" = "e"."row_number"
    where "e"."target_id" = ${recordId} and "e"."action" in ('created', 'updated')
      and "u"."job_number" = ${jobNumber} and "u"."effect" is not null`;
}

/** Clears what refers to the records of a part that go, and remembers what was cleared. */
export async function clearReferences(context: UndoContext, { from, to }: Part): Promise<void> {
  const { client, jobNumber, targetOrdinal, spec, options } = context;
  if (options.preserveRelationships) return;
  const records = recordsSql(spec, 'r');
  for (const referrer of context.facts.referrers.filter(({ clearing }) => clearing.length > 0)) {
    const columns = referrer.clearing.map(({ name }) => quoted(name));
    const image = referrer.columns.map(({ name }) => [name, `"old".${quoted(name)}::text`] as const);
    const key = referrer.key.map(({ name }) => [name, `"f".${quoted(name)}::text`] as const);
    const pairs = referrer.columns.map(({ name, refersTo }) => `"f".${quoted(name)} = "r".${quoted(refersTo)}`);
    // What goes in the same statement goes as it is.
    const staying = referrer.self ? `and not ${isGoing(spec, 'and "g"."n" between $3 and $4')}` : '';
    await client.query(
      `with "cleared" as (
         update ${qualified(referrer.schema, referrer.table)} as "f"
         set ${columns.map((column) => `${column} = null`).join(', ')}
         from "undo_records" as "d" join ${records.from} on ${records.id} = "d"."record_id"
         where "d"."outcome" = 'reversed' and "d"."made" and "d"."n" between $3 and $4 and ${pairs.join(' and ')}
           ${staying}
         returning "d"."row_number", ${objectSql(key)} as "key", ${objectSql(image)} as "image"
       )
       insert into "import_undo_references"
         ("job_number", "target_ordinal", "row_number", "constraint_name", "referrer", "before_image")
       select $1, $2, "row_number", $5, "key", "image" from "cleared"`,
      [jobNumber, targetOrdinal, from, to, nameOf(referrer)],
    );
  }
}

/** Puts back what the rollback that is undone had cleared, where it is still empty. */
export async function restoreReferences(context: UndoContext, { from, to }: Part): Promise<void> {
  const { client, undoneNumber, targetOrdinal } = context;
  for (const referrer of context.facts.referrers.filter(({ clearing }) => clearing.length > 0)) {
    const { columns, clearing, key } = referrer;
    const set = clearing.map(({ name, type }) => `${quoted(name)} = ("c"."before_image"->>${literal(name)})::${type}`);
    const same = key.map(({ name, type }) => `"f".${quoted(name)} = ("c"."referrer"->>${literal(name)})::${type}`);
    const empty = columns.map(({ name }) =>
      clearing.some((cleared) => cleared.name === name)
        ? `"f".${quoted(name)} is null`
        : `"f".${quoted(name)}::text = "c"."before_image"->>${literal(name)}`,
    );
    await client.query(
      `update ${qualified(referrer.schema, referrer.table)} as "f" set ${set.join(', ')}
       from "undo_records" as "d" cross join lateral (
         select * from "import_undo_references" as "e"
         where "e"."job_number" = $1 and "e"."target_ordinal" = $2 and "e"."row_number" = "d"."row_number" offset 0
       ) as "c"
       where "d"."outcome" = 'reversed' and "d"."made" and "d"."n" between $3 and $4 and "c"."constraint_name" = $5
         and ${[...same, ...empty].join(' and ')}`,
      [undoneNumber, targetOrdinal, from, to, nameOf(referrer)],
    );
  }
}

/** A constraint's name alone need not be unique. */
function nameOf({ schema, table, constraint }: Referrer): string {
  return `${qualified(schema, table)}.${quoted(constraint)}`;
}

function namesOf({ columns }: Referrer): string[] {
  return columns.map(({ name }) => name);
}
