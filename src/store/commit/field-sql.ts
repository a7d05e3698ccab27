import type { TargetField, TargetSpec } from '../../domain/target.ts';
import { BLANKS } from '../../rows/exact-keys.ts';
import { quoted } from '../identifier.ts';

/** The text of a field's value as rows carry it; `alias` is the table's. */
export function textSql(field: TargetField, alias: string): string {
  return textOfSql(field, `${quoted(alias)}.${quoted(field.column)}`);
}

/** The same of a value of the field's column. */
export function textOfSql(field: TargetField, value: string): string {
  if (field.own?.zoneless === true) return `(${value} at time zone 'UTC')::text`;
  if (field.type === 'boolean') return `case ${value} when true then 't' when false then 'f' end`;
  return `(${value})::text`;
}

/**
 * The text `normaliseExact` makes of a field's value, in SQL. The collation is named because what `lower` does depends
 * on it, and the database may have any.
 */
export function normalisedSql(field: TargetField, alias: string): string {
  const text = `${textSql(field, alias)} collate "pg_unicode_fast"`;
  return `replace(lower(btrim(regexp_replace(${text}, '[${BLANKS}]+', ' ', 'g'))), 'ς', 'σ')`;
}

/** What `array_send` puts before the values: how many dimensions, whether nulls, the type, length and first index. */
const ARRAY_HEADER = 20;

/**
 * The row hash of a record's written fields in SQL: the same as `rowHash` of the same values, packed. After its header
 * the binary form of an array of texts is a packed row, as long as the session's encoding is UTF-8; one call costs a
 * third of putting it together value by value.
 */
export function hashSql(spec: TargetSpec, writtenFields: readonly string[], alias: string): string {
  const values = spec.fields.map((field) => (writtenFields.includes(field.name) ? textSql(field, alias) : 'null'));
  return `sha256(substring(array_send(array[${values.join(', ')}]::text[]) from ${ARRAY_HEADER + 1}))`;
}

/** Names and values as one jsonb object. In pieces, because a function takes no more than 100 arguments. */
export function objectSql(members: readonly (readonly [name: string, value: string])[]): string {
  const pieces: string[] = [];
  for (let from = 0; from < members.length; from += 50) {
    const some = members.slice(from, from + 50).map(([name, value]) => `${literal(name)}, ${value}`);
    pieces.push(`jsonb_build_object(${some.join(', ')})`);
  }
  return pieces.length === 0 ? `'{}'::jsonb` : pieces.join(' || ');
}

/** A text as a literal of SQL: for what cannot be a parameter. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A field of a target by its name. */
export function fieldOf(spec: TargetSpec, name: string): TargetField {
  const found = spec.fields.find((field) => field.name === name);
  if (!found) throw new Error(`the target ${spec.type} has no field ${name}`);
  return found;
}
