import { DatabaseError } from 'pg';
import type { RowIssue } from '../../domain/record.ts';
import type { OwnSpec } from '../../domain/target.ts';
import { isRejected } from '../../rows/candidate.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { issueOfDatabaseError } from '../commit/database-error.ts';
import { quoted } from '../identifier.ts';

const FOREIGN_KEY_VIOLATION = '23503';

/**
 * When a foreign key was violated: all rows that would violate it, so that they need not be found by trying. None for a
 * table that refers to itself, where a row may refer to another one that comes with it.
 */
export async function withoutReferred(
  { client, writtenFields }: ChunkContext,
  spec: OwnSpec,
  candidates: readonly Candidate[],
  error: unknown,
): Promise<ReadonlyMap<Candidate, RowIssue>> {
  const found = new Map<Candidate, RowIssue>();
  if (!(error instanceof DatabaseError) || error.code !== FOREIGN_KEY_VIOLATION || error.table !== spec.table)
    return found;
  const key = spec.own.foreignKeys.find(({ name }) => name === error.constraint);
  if (!key || key.table === `${spec.schema}.${spec.table}`) return found;
  const places = key.columns.map((column) =>
    spec.fields.findIndex((field) => field.column === column && writtenFields.includes(field.name)),
  );
  if (places.includes(-1)) return found;

  const valuesOf = (row: Candidate): string => JSON.stringify(places.map((place) => row.values[place] ?? null));
  const asked = new Set(candidates.filter((row) => !isRejected(row)).map(valuesOf));
  const same = key.referred.map((column, index) => {
    const field = spec.fields[places[index] ?? -1];
    return `"r".${quoted(column)} = ("v"."values"->>${index})::${field?.own?.cast ?? 'text'}`;
  });
  // A key with a part that is null refers to nothing (MATCH SIMPLE).
  const { rows } = await client.query<{ values: string }>(
    `select "v"."values"::text from jsonb_array_elements($1::jsonb) as "v" ("values")
     where not "v"."values" @> '[null]' and not exists (select from ${key.relation} as "r" where ${same.join(' and ')})`,
    [`[${[...asked].join(',')}]`],
  );
  const lacking = new Set(rows.map(({ values }) => JSON.stringify(JSON.parse(values))));
  const issue = issueOfDatabaseError(error, spec);
  const [only] = places.length === 1 ? places : [];
  for (const row of candidates) {
    if (isRejected(row) || !lacking.has(valuesOf(row))) continue;
    found.set(row, { ...issue, value: only === undefined ? null : (row.values[only] ?? null) });
  }
  return found;
}
