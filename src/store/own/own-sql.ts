import type { OwnSpec, TargetField } from '../../domain/target.ts';
import { qualified, quoted } from '../identifier.ts';

/*
 * Where the records of an own table are, in SQL. A row of the table (`t` in the comments) is a record from when it is
 * linked: a row of `import_own_records` (`l`) that gives it an id and times, and knows it by the texts of its key. The
 * table itself has nothing of ours. What a source row was when it was last imported is in `import_aliases`, and the
 * hash of what a record holds is `hashSql` of the table's row, as it is for built-in targets.
 */

/** The link table. */
export const LINKS = `"import_own_records"`;

/** Ends an insertion of links: a row of its key was known before, and is gone. */
export const RELINKED = `on conflict ("target_number", "row_key") do update set "id" = excluded."id",
  "created_at" = excluded."created_at", "updated_at" = excluded."updated_at", "whole_hash" = excluded."whole_hash"`;

/** The table, quoted. */
export function ownTable(spec: OwnSpec): string {
  return qualified(spec.schema, spec.table);
}

/** The key of the row `alias` as its link has it. */
export function keySql({ own }: OwnSpec, alias: string): string {
  return `array[${own.key.map(({ column }) => `${quoted(alias)}.${quoted(column)}::text`).join(', ')}]`;
}

/** That the row `table` is the one the link `link` is of, so that the table's own index finds it. */
export function linkedSql({ own }: OwnSpec, link: string, table: string): string {
  const same = own.key.map(
    ({ column, cast }, index) =>
      `${quoted(table)}.${quoted(column)} = (${quoted(link)}."row_key"[${index + 1}])::${cast}`,
  );
  return [`${quoted(link)}."target_number" = ${own.number}`, ...same].join(' and ');
}

/** The same the other way round, for rows that may have no link: the index of the links finds it. */
export function linkOfSql(spec: OwnSpec, link: string, table: string): string {
  return `${quoted(link)}."target_number" = ${spec.own.number} and ${quoted(link)}."row_key" = ${keySql(spec, table)}`;
}

/**
 * The hash of all that a row holds, mapped or not. A link keeps it of a row that a job made for as long as nobody but
 * jobs has changed it. A column that the table gets later and that is empty makes no difference.
 */
export function wholeHashSql(alias: string): string {
  return `sha256(convert_to(json_strip_nulls(row_to_json(${quoted(alias)}.*))::text, 'UTF8'))`;
}

/** The `whole_hash` of the link `l` of a row that a job changes from `old` to `new`; what others did stays to be seen. */
export const KEPT_WHOLE = `case when "l"."whole_hash" = ${wholeHashSql('old')} then ${wholeHashSql('new')}
  else "l"."whole_hash" end`;

/** A text in SQL as a value of a field's column; its length and scale are the column's to hold. */
export function valueSql(field: TargetField, text: string): string {
  return `(${text})::${field.own?.cast ?? 'text'}`;
}

/** That the row `table` has the identity which the text `identifier` spells; no row has one that is no value of its type. */
export function identifiedSql(spec: OwnSpec, table: string, identifier: string): string {
  const fields = identityOf(spec);
  return fields
    .map((field, index) => {
      const text = fields.length === 1 ? identifier : partSql(identifier, index);
      const cast = field.own?.cast ?? '';
      const value = ANYTHING.has(cast)
        ? valueSql(field, text)
        : `case when pg_input_is_valid(${text}, '${cast.replaceAll("'", "''")}') then ${valueSql(field, text)} end`;
      return `${quoted(table)}.${quoted(field.column)} = ${value}`;
    })
    .join(' and ');
}

/** Types that take every text. */
const ANYTHING = new Set(['text', 'varchar', 'bpchar'].map((name) => `"pg_catalog"."${name}"`));

/** One part of an identity of several, which is a JSON array. */
function partSql(identifier: string, index: number): string {
  return `case when pg_input_is_valid(${identifier}, 'jsonb') then (${identifier})::jsonb->>${index} end`;
}

/** The fields that identify a record. */
export function identityOf({ identity, fields }: OwnSpec): TargetField[] {
  return identity.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}
