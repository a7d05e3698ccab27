import type { Candidate } from '../../rows/candidate.ts';
import type { Outcome } from '../../rows/decide.ts';
import { exactKeys } from '../../rows/exact-keys.ts';
import type { Applied } from '../commit/apply-rows.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { objectSql, textSql } from '../commit/field-sql.ts';
import { findByIdentifier, findByKeys } from '../commit/probe.ts';
import { recordsSql } from '../records-sql.ts';
import type { Image } from './record-states.ts';

/**
 * Writes rows of a plan into the table of somebody else's, with all that it does by itself, and takes it back at once:
 * what is kept is what became of them, and under which ids the records they met are known.
 */
export async function rehearse(
  context: ChunkContext,
  candidates: readonly Candidate[],
  apply: () => Promise<Applied>,
): Promise<Applied> {
  const { client, jobNumber, targetOrdinal } = context;
  await linkMet(context, candidates);
  await client.query('savepoint "rehearsal"');
  const applied = await apply();
  const changed = applied.outcomes.flatMap((outcome) =>
    outcome.recordedByUpdate ? [outcome.candidate.rowNumber] : [],
  );
  const { rows } = await client.query<{ records: string | null }>(
    `select jsonb_agg(to_jsonb("r"))::text as "records" from "import_plan_records" as "r"
     where "job_number" = $1 and "target_ordinal" = $2 and "row_number" = any($3::bigint[])`,
    [jobNumber, targetOrdinal, changed],
  );
  await lookAfter(context, applied.outcomes);
  await client.query('rollback to savepoint "rehearsal"');
  await client.query(
    `insert into "import_plan_records" select * from jsonb_populate_recordset(null::"import_plan_records", $1::jsonb)`,
    [rows[0]?.records ?? '[]'],
  );
  return applied;
}

/** What the table has made of the rows: of each record that was written the last that was, as the record holds no other. */
async function lookAfter(context: ChunkContext, outcomes: readonly Outcome[]): Promise<void> {
  const { client, tenantId, spec, writtenFields, states } = context;
  const written = new Map<string, number>();
  for (const { action, targetId, candidate } of outcomes) {
    if (targetId !== null && (action === 'created' || action === 'updated')) written.set(targetId, candidate.rowNumber);
  }
  const { from, id, mine } = recordsSql(spec);
  const fields = spec.fields.filter(({ name }) => writtenFields.includes(name));
  const { rows } = await client.query<{ id: string; image: Image }>(
    `select ${id} as "id", ${objectSql(fields.map((field) => [field.column, textSql(field, 't')]))} as "image"
     from ${from} where ${mine('$1')} and ${id} = any($2::uuid[])`,
    [tenantId, [...written.keys()]],
  );
  for (const row of rows) states?.settleAfter(written.get(row.id) ?? 0, row.image);
}

/** Records that nobody has met before get their ids now, which are not taken back. */
async function linkMet(context: ChunkContext, candidates: readonly Candidate[]): Promise<void> {
  const { spec, identifierField, mode } = context;
  const identifiers = [...new Set(candidates.flatMap((row) => row.identifier ?? []))];
  await findByIdentifier(context, spec, identifierField, identifiers);
  const { enabled, primaryFields } = mode.duplicateDetection;
  if (enabled) await findByKeys(context, exactKeys(spec, primaryFields), candidates);
}
