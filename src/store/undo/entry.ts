import type { PoolClient } from 'pg';
import { quoted } from '../identifier.ts';
import type { ColumnFacts, TableFacts } from './catalog.ts';

/** The columns of a row's entry. */
export const ENTRY = `"import_undos" ("undone_number", "target_ordinal", "row_number", "job_number", "target_id", "outcome",
  "effect", "in_effect", "superseded_by", "reason", "before_image", "after_hash", "shape", "whole_values")`;

/** The columns that records had when a chunk removed them: entries keep their values in this order. */
export interface Shape {
  readonly id: number;
  readonly columns: readonly string[];
}

interface Shapes {
  readonly shapes: readonly Shape[];
}

/**
 * Whether the entry of an alias holds: what it did was done, and has not been undone. Entries never change: the one by
 * which it was undone, of the same row, says so.
 */
export function inEffect(entry: string): string {
  const e = quoted(entry);
  return `(${e}."in_effect" and not exists (
    select from "import_undos" as "again"
    where "again"."undone_number" = ${e}."job_number" and "again"."target_ordinal" = ${e}."target_ordinal"
      and "again"."row_number" = ${e}."row_number" and "again"."in_effect" offset 0))`;
}

/** The shapes by which a rollback has kept the records of a target. */
export async function shapesOf(client: PoolClient, jobNumber: number, targetOrdinal: number): Promise<Shape[]> {
  const { rows } = await client.query<{ id: string; columns: string[] }>(
    `select "id", "columns" from "import_undo_shapes" where "job_number" = $1 and "target_ordinal" = $2 order by "id"`,
    [jobNumber, targetOrdinal],
  );
  return rows.map(({ id, columns }) => ({ id: Number(id), columns }));
}

/** The shape of a table as it is now. Chunks beside each other may each make one; waiting would take longer. */
export async function rememberShape(
  client: PoolClient,
  jobNumber: number,
  targetOrdinal: number,
  { columns }: TableFacts,
): Promise<Shape> {
  const names = columns.map(({ name }) => name);
  const known = await shapesOf(client, jobNumber, targetOrdinal);
  const same = known.find((shape) => shape.columns.join('\0') === names.join('\0'));
  if (same) return same;
  const { rows } = await client.query<{ id: string }>(
    `insert into "import_undo_shapes" ("job_number", "target_ordinal", "columns") values ($1, $2, $3) returning "id"`,
    [jobNumber, targetOrdinal, names],
  );
  return { id: Number(rows[0]?.id), columns: names };
}

/** What an entry keeps of a row `t` that goes: the values of its columns, as texts. */
export function wholeRow({ columns }: TableFacts): string {
  return `array[${columns.map(({ name }) => `"t".${quoted(name)}::text`).join(', ')}]`;
}

/** A column of the record that the entry `u` keeps whole; null where it had no such column. */
export function wholeValue({ shapes }: Shapes, column: string): string {
  const places = new Map<number, number[]>();
  for (const { id, columns } of shapes) {
    const place = columns.indexOf(column) + 1;
    places.set(place, [...(places.get(place) ?? []), id]);
  }
  const [only] = places.keys();
  if (places.size === 1 && only !== undefined) return valueAt(only);
  const cases = [...places].map(([place, ids]) => `when "u"."shape" in (${ids.join(', ')}) then ${valueAt(place)}`);
  return cases.length === 0 ? 'null::text' : `(case ${cases.join(' ')} end)`;
}

/** All columns of the table, as the entry `u` keeps them. */
export function wholeValues(context: Shapes, columns: readonly ColumnFacts[]): string {
  return columns.map(({ name, type }) => `${wholeValue(context, name)}::${type}`).join(', ');
}

function valueAt(place: number): string {
  return place === 0 ? 'null::text' : `("u"."whole_values"[${place}])`;
}

/**
 * The entry of a rollback's job for the record of `d`, found by its key: without statistics of what has just been written
 * all entries of the rollback are taken for one, and would be read for every record.
 */
export function undoneEntry(undoneNumber: string, targetOrdinal: string, jobNumber: string): string {
  return `(
         select * from "import_undos" as "e"
         where "e"."undone_number" = ${undoneNumber} and "e"."target_ordinal" = ${targetOrdinal}
           and "e"."row_number" = "d"."row_number" and "e"."job_number" = ${jobNumber} offset 0
       )`;
}
