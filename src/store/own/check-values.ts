import type { IssueCode, RowIssue } from '../../domain/record.ts';
import type { OwnSpec, TargetField } from '../../domain/target.ts';
import { isRejected } from '../../rows/candidate.ts';
import type { Candidate } from '../../rows/candidate.ts';
import { shorten } from '../../rows/mapping.ts';
import type { RunSql } from './links.ts';

/** Types whose values are as they have to be once they are mapped: nothing is left for PostgreSQL to refuse. */
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

/**
 * Candidates whose values the types of an own table's columns do not take, or would round, with an issue for each such
 * value. PostgreSQL itself is asked, about each different value once and without an error: one that it refuses in a
 * statement would cost the whole chunk.
 */
export async function checkOwnValues(
  run: RunSql,
  spec: OwnSpec,
  writtenFields: readonly string[],
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> {
  let checked = candidates;
  for (const [index, field] of spec.fields.entries()) {
    if (!writtenFields.includes(field.name) || SURE.has(field.own?.declared ?? '')) continue;
    const values = new Set<string>();
    for (const row of checked) {
      const value = row.values[index] ?? null;
      if (value !== null && !isRejected(row)) values.add(value);
    }
    const misfits = await misfitsOf(run, field, [...values]);
    if (misfits.size === 0) continue;
    checked = checked.map((row) => {
      const issue = misfits.get(row.values[index] ?? '');
      return issue && row.values[index] !== null ? row.withIssue(issue) : row;
    });
  }
  return checked;
}

/** Of some values those that a column does not take as they are, each with what is wrong. */
export async function misfitsOf(
  run: RunSql,
  field: TargetField,
  values: readonly string[],
): Promise<Map<string, RowIssue>> {
  const { own } = field;
  if (!own || values.length === 0) return new Map();
  // A zero byte fits into no text, and not into what is asked here either.
  const known = values.filter((value) => !value.includes('\0'));
  const unfit = await run<{ value: string; message: string; code: string }>(
    `select "v"."value", "e"."message", "e"."sql_error_code" as "code"
     from (select $1::text as "type") as "t", jsonb_array_elements_text($2::jsonb) as "v" ("value"),
       pg_input_error_info("v"."value", "t"."type") as "e"
     where not pg_input_is_valid("v"."value", "t"."type")`,
    [own.declared, JSON.stringify(known)],
  );
  const refused = new Map(
    unfit.map(({ value, message, code }) => [value, issueOf(field, value, message, codeOf(code))]),
  );
  if (own.scale === null) return refused;
  const others = known.filter((value) => !refused.has(value));
  const rounded = await run<{ value: string }>(
    `select "v"."value" from jsonb_array_elements_text($1::jsonb) as "v" ("value")
     where "v"."value"::${own.cast} is distinct from "v"."value"::${own.declared}`,
    [JSON.stringify(others)],
  );
  const finer = `has more than ${own.scale} digits after the point, which ${own.declared} would round.`;
  for (const { value } of rounded) refused.set(value, issueOf(field, value, finer, 'invalid_format'));
  return refused;
}

function codeOf(sqlState: string): IssueCode {
  if (sqlState === '22003' || sqlState === '22001' || sqlState === '22008') return 'out_of_range';
  return sqlState.startsWith('23') ? 'constraint_violation' : 'invalid_format';
}

function issueOf(field: TargetField, value: string, message: string, code: IssueCode): RowIssue {
  const text = message.startsWith('has ') ? message : `is not taken by the table: ${message}.`;
  return { field: field.name, code, message: `The ${field.name} field ${text}`, value: shorten(value), fatal: true };
}
