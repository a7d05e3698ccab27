import type { EntityManager } from '@mikro-orm/postgresql';
import type { PoolClient } from 'pg';
import type { PlannedOutcome } from '../../domain/plan.ts';
import type { RowIssue } from '../../domain/record.ts';
import { FinalDraft } from '../../rows/candidate.ts';
import type { Draft } from '../../rows/candidate.ts';
import type { Outcome } from '../../rows/decide.ts';
import type { ChunkContext } from '../commit/chunk.ts';
import { writeJsonb } from '../commit/binary-values.ts';
import { copyInto } from '../commit/copy.ts';
import type { RecordStates } from './record-states.ts';

const ROWS = {
  into: `"import_plan_rows" ("job_number", "target_ordinal", "row_number", "packed", "state", "after")`,
  columns: 6,
};

/** Keeps the rows of a plan's chunk as they would be written, and that they are a chunk. */
export async function writePlannedRows(
  { client, jobNumber, targetOrdinal }: ChunkContext,
  outcomes: readonly Outcome[],
  states: RecordStates,
): Promise<void> {
  const last = outcomes.at(-1);
  if (!last) return;
  await copyInto(client, ROWS, outcomes, ({ candidate: { rowNumber, packed } }, writer) => {
    writer.int32(8).int64(jobNumber).int32(2).int16(targetOrdinal).int32(8).int64(rowNumber);
    writer.int32(packed.end - packed.start).copied(packed.bytes, packed.start, packed.end);
    writer.hex(states.ofRow(rowNumber));
    writeJsonb(writer, states.afterRow(rowNumber));
  });
  await client.query(
    `insert into "import_plan_chunks" ("job_number", "target_ordinal", "last_row") values ($1, $2, $3)`,
    [jobNumber, targetOrdinal, last.candidate.rowNumber],
  );
}

/** A chunk of a plan: its rows as they would be written, and what was planned for each. */
export interface PlannedChunk {
  readonly drafts: readonly Draft[];
  readonly rowNumbers: readonly number[];
  readonly planned: readonly PlannedOutcome[];
  /** Bytes of the rows. */
  readonly size: number;
  readonly lastRow: number;
}

interface Row extends Omit<PlannedOutcome, 'targetId' | 'duplicateOf'> {
  readonly row_number: string;
  readonly packed: Buffer;
  readonly source_identifier: string | null;
  readonly target_id: string | null;
  readonly duplicate_of: string | null;
}

/** The chunk of a plan that begins after a row; null after the last. */
export async function nextPlannedChunk(
  em: EntityManager,
  { planNumber, targetOrdinal, after }: { planNumber: number; targetOrdinal: number; after: number },
): Promise<PlannedChunk | null> {
  const [chunk]: { last: string | null }[] = await em.execute(
    `select min("last_row") as "last" from "import_plan_chunks"
     where "job_number" = ? and "target_ordinal" = ? and "last_row" > ?`,
    [planNumber, targetOrdinal, after],
  );
  if (!chunk || chunk.last === null) return null;
  const range = [planNumber, targetOrdinal, after, chunk.last];
  const rows: Row[] = await em.execute(
    `select "r"."row_number", "w"."packed", encode("w"."state", 'hex') as "state", "r"."source_identifier",
       "r"."action"::text, "r"."target_id", "r"."duplicate_of"
     from "import_plan_records" as "r"
     join "import_plan_rows" as "w" using ("job_number", "target_ordinal", "row_number")
     where "r"."job_number" = ? and "r"."target_ordinal" = ? and "r"."row_number" > ? and "r"."row_number" <= ?
     order by "r"."row_number"`,
    range,
  );
  const issues = await issuesOf(em, range);
  return {
    drafts: rows.map(({ packed, source_identifier: identifier, row_number: number }) => {
      const head = { identifier, issues: issues.get(number) ?? [] };
      return new FinalDraft(head, packed, 0, packed.length);
    }),
    rowNumbers: rows.map((row) => Number(row.row_number)),
    planned: rows.map((row) => ({
      action: row.action,
      targetId: row.target_id,
      duplicateOf: row.duplicate_of,
      state: row.state,
    })),
    size: rows.reduce((sum, { packed }) => sum + packed.length, 0),
    lastRow: Number(chunk.last),
  };
}

/** Rows of a plan by their numbers, as they would be written; none where the plan was deleted. */
export async function plannedDrafts(
  client: PoolClient,
  {
    planNumber,
    targetOrdinal,
    rowNumbers,
  }: { planNumber: number; targetOrdinal: number; rowNumbers: readonly number[] },
): Promise<FinalDraft[]> {
  const { rows } = await client.query<{ identifier: string | null; packed: Buffer }>(
    `select "r"."source_identifier" as "identifier", "w"."packed"
     from "import_plan_rows" as "w"
     join "import_plan_records" as "r" using ("job_number", "target_ordinal", "row_number")
     where "w"."job_number" = $1 and "w"."target_ordinal" = $2 and "w"."row_number" = any($3::bigint[])`,
    [planNumber, targetOrdinal, rowNumbers],
  );
  return rows.map(({ identifier, packed }) => new FinalDraft({ identifier, issues: [] }, packed, 0, packed.length));
}

async function issuesOf(em: EntityManager, range: readonly unknown[]): Promise<Map<string, RowIssue[]>> {
  const rows: (Omit<RowIssue, 'expected'> & { row_number: string; expected: string | null })[] = await em.execute(
    `select "row_number", "field", "code", "message", "value", "fatal", "expected" from "import_issues"
     where "job_number" = ? and "target_ordinal" = ? and "row_number" > ? and "row_number" <= ?
     order by "row_number", "ordinal"`,
    [...range],
  );
  const issues = new Map<string, RowIssue[]>();
  for (const { row_number: number, expected, ...rest } of rows) {
    const issue = expected === null ? rest : { ...rest, expected };
    const found = issues.get(number);
    if (found) found.push(issue);
    else issues.set(number, [issue]);
  }
  return issues;
}
