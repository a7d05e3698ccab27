import type { BoundValue } from '../connection/session.ts';

/**
 * A piece of SQL before it is text. Whatever came from outside is in it as a name, a relation or a value, never as
 * text, so it can be written in two ways: for the server, with every name quoted and every value bound, and for people,
 * with quotes only where they are needed and the values in place. Plain data: it may be stored.
 */
export type Sql = readonly SqlPart[];

export type SqlPart =
  | string
  /** A keyword: lower case for the server, upper case for people. */
  | { readonly word: string }
  /** A column's, table's or field's name. */
  | { readonly name: string }
  | { readonly relation: { readonly schema: string; readonly table: string; readonly listed: readonly string[] } }
  /** A function or type of `pg_catalog`; nothing a source has under the same name elsewhere is meant. */
  | { readonly builtin: string; readonly display?: string }
  | SqlValue
  /** What the server needs and people need not see; the other way round. */
  | { readonly hidden: Sql }
  | { readonly shown: Sql }
  /** A part that errors of the server can be traced back to: a field path such as `fields.0.source`. */
  | { readonly place: string; readonly sql: Sql };

export interface SqlValue {
  readonly value: BoundValue;
  /** What the parameter is cast to; null lets the server infer its type as it would a literal's. */
  readonly cast: string | null;
  /** Shown to people without quotes: a number. */
  readonly bare?: boolean;
}

export interface RenderedSql {
  readonly text: string;
  readonly values: BoundValue[];
  /** Where each place's text lies, in characters from 0. */
  readonly places: { readonly place: string; readonly start: number; readonly end: number }[];
  /** The place each value belongs to. */
  readonly valuePlaces: (string | null)[];
}

/** The SQL for the server. */
export function renderForServer(sql: Sql): RenderedSql {
  const rendered: RenderedSql = { text: '', values: [], places: [], valuePlaces: [] };
  const out = { text: '' };
  writeForServer(sql, out, rendered, null);
  return { ...rendered, text: out.text };
}

function writeForServer(sql: Sql, out: { text: string }, rendered: RenderedSql, place: string | null): void {
  for (const part of sql) {
    if (typeof part === 'string') out.text += part;
    else if ('word' in part) out.text += part.word;
    else if ('name' in part) out.text += quoteName(part.name);
    else if ('relation' in part) out.text += `${quoteName(part.relation.schema)}.${quoteName(part.relation.table)}`;
    else if ('builtin' in part) out.text += `pg_catalog.${quoteName(part.builtin)}`;
    else if ('hidden' in part) writeForServer(part.hidden, out, rendered, place);
    else if ('shown' in part) continue;
    else if ('place' in part) {
      const start = out.text.length;
      writeForServer(part.sql, out, rendered, part.place);
      rendered.places.push({ place: part.place, start, end: out.text.length });
    } else {
      rendered.values.push(part.value);
      rendered.valuePlaces.push(place);
      out.text += `$${rendered.values.length}${part.cast === null ? '' : `::${part.cast}`}`;
    }
  }
}

/** The SQL for people. It says the same; it is never sent anywhere. */
export function renderForPeople(sql: Sql): string {
  return sql
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('word' in part) return part.word === 'as' ? 'as' : part.word.toUpperCase();
      if ('name' in part) return quoteNameIfNeeded(part.name);
      if ('relation' in part) return part.relation.listed.map(quoteNameIfNeeded).join('.');
      if ('builtin' in part) return part.display ?? part.builtin.toUpperCase();
      if ('hidden' in part) return '';
      if ('shown' in part) return renderForPeople(part.shown);
      if ('place' in part) return renderForPeople(part.sql);
      return showValue(part);
    })
    .join('');
}

/** Fragments with a text between them. */
export function joinSql(parts: readonly Sql[], separator: string | Sql): Sql {
  const between: Sql = typeof separator === 'string' ? [separator] : separator;
  return parts.flatMap((part, index) => (index === 0 ? part : [...between, ...part]));
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name as it may be written in SQL: quoted only when it would else mean something different. */
export function quoteNameIfNeeded(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : quoteName(name);
}

/** A text as SQL writes it. */
function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function showValue({ value, bare = false }: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return bare ? value : quoteText(value);
  return `(${value.map((item) => showValue({ value: item, cast: null, bare })).join(', ')})`;
}

/** PostgreSQL's reserved words, those of them that may name functions or types included. */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
  from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
  unique user using variadic verbose when where window with between bigint bit boolean char character coalesce dec
  decimal exists extract float greatest grouping inout int integer interval json json_array json_arrayagg json_exists
  json_object json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action national
  nchar none normalize nullif numeric out overlay position precision real row setof smallint substring time timestamp
  treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
  xmlserialize xmltable`.split(/\s+/),
);
