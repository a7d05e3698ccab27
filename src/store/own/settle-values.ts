import type { IssueCode, RowIssue } from '../../domain/record.ts';
import type { OwnSpec, TargetField } from '../../domain/target.ts';
import { isRejected } from '../../rows/candidate.ts';
import type { Draft } from '../../rows/candidate.ts';
import { shorten } from '../../rows/shorten.ts';
import { textOfSql } from '../commit/field-sql.ts';
import type { RunSql } from './links.ts';

/** Types whose values are as they have to be once they are mapped: nothing is left for PostgreSQL to refuse or rewrite. */
const SURE = new Set([
  'text',
  'character varying',
  'boolean',
  'bigint',
  'numeric',
  'date',
  'timestamp with time zone',
  'timestamp without time zone',
]);

const RANGES: Readonly<Record<string, number>> = { integer: 2 ** 31, smallint: 2 ** 15 };

/** What a column makes of a value, or why it does not take it. */
type Settled = { readonly text: string } | { readonly issue: RowIssue };

/**
 * Rows for an own table with their values as its columns will hold and print them (`1.5` is `1.50` in a `numeric(5,2)`),
 * so that a row's hash is that of the record it becomes; and with an issue for each value that a column's type does not
 * take or would round. PostgreSQL itself is asked, about each different value once and without an error: one that it
 * refuses in a statement would cost the whole chunk.
 */
export async function settleValues(
  run: RunSql,
  spec: OwnSpec,
  writtenFields: readonly string[],
  drafts: readonly Draft[],
): Promise<readonly Draft[]> {
  let settled = drafts;
  for (const [index, field] of spec.fields.entries()) {
    if (!writtenFields.includes(field.name) || SURE.has(field.own?.declared ?? '')) continue;
    const values = new Set<string>();
    for (const row of settled) {
      const value = row.values[index] ?? null;
      if (value !== null && !isRejected(row)) values.add(value);
    }
    const found = await settle(run, field, [...values]);
    if (found.size > 0) settled = settled.map((row) => settledRow(row, index, found));
  }
  return settled;
}

function settledRow(row: Draft, index: number, found: ReadonlyMap<string, Settled>): Draft {
  const value = row.values[index] ?? null;
  const settled = value === null ? undefined : found.get(value);
  if (!settled) return row;
  const { identifier, values, issues } = row;
  if ('issue' in settled) return { identifier, values, issues: [...issues, settled.issue] };
  return { identifier, issues, values: values.with(index, settled.text) };
}

/** Of some values those that a column does not keep as they are, each with what becomes of it. */
export async function settle(
  run: RunSql,
  field: TargetField,
  values: readonly string[],
): Promise<ReadonlyMap<string, Settled>> {
  const { own } = field;
  if (!own || values.length === 0) return new Map();
  const range = RANGES[own.declared];
  if (range !== undefined) return outOfRange(field, range, values);
  const rows = await run<{ value: string; message: string | null; code: string | null; text: string; finer: boolean }>(
    `select "v"."value", "e"."message", "e"."sql_error_code" as "code",
       case when "e"."message" is null then ${textOfSql(field, `"v"."value"::${own.cast}::${own.declared}`)} end as "text",
       ${own.scale === null ? 'false' : `case when "e"."message" is null then "v"."value"::${own.cast} is distinct from "v"."value"::${own.cast}::${own.declared} end`} as "finer"
     from (select $1::text as "type") as "t", jsonb_array_elements_text($2::jsonb) as "v" ("value"),
       pg_input_error_info("v"."value", "t"."type") as "e"`,
    // A zero byte fits into no text, and not into what is asked here either.
    [own.declared, JSON.stringify(values.filter((value) => !value.includes('\0')))],
  );
  const found = new Map<string, Settled>();
  for (const { value, message, code, text, finer } of rows) {
    if (message !== null) {
      found.set(value, issue(field, value, `is not taken by the table: ${message}.`, codeOf(code ?? '')));
    } else if (finer) {
      const reason = `has more than ${own.scale} digits after the point, which ${own.declared} would round.`;
      found.set(value, issue(field, value, reason, 'invalid_format'));
    } else if (text !== value) {
      found.set(value, { text });
    }
  }
  return found;
}

/** Whole numbers are checked here: they are what most keys are. */
function outOfRange(field: TargetField, range: number, values: readonly string[]): Map<string, Settled> {
  const found = new Map<string, Settled>();
  for (const value of values) {
    const number = Number(value);
    if (number >= -range && number < range) continue;
    found.set(value, issue(field, value, `does not fit into ${field.own?.declared}.`, 'out_of_range'));
  }
  return found;
}

function codeOf(sqlState: string): IssueCode {
  if (sqlState === '22003' || sqlState === '22001' || sqlState === '22008') return 'out_of_range';
  return sqlState.startsWith('23') ? 'constraint_violation' : 'invalid_format';
}

function issue(field: TargetField, value: string, reason: string, code: IssueCode): Settled {
  const message = `The ${field.name} field ${reason}`;
  return { issue: { field: field.name, code, message, value: shorten(value), fatal: true } };
}
