import type { PlannedOutcome } from '../../domain/plan.ts';
import type { RowIssue } from '../../domain/record.ts';
import type { Draft } from '../../rows/candidate.ts';
import type { WouldBe } from '../../rows/decide.ts';
import type { ChunkContext, PlannedRows } from '../commit/chunk.ts';
import { isOwn } from '../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../domain/target.ts';
import { quoted } from '../identifier.ts';
import { ownTable } from '../own/own-sql.ts';
import { recordsSql } from '../records-sql.ts';
import type { RecordStates } from './record-states.ts';

/** What was planned for a chunk's rows, held against what is there to refer to. */
export async function plannedRows(
  context: ChunkContext,
  drafts: readonly Draft[],
  rowNumbers: readonly number[],
  planned: readonly PlannedOutcome[],
): Promise<PlannedRows> {
  const outcomes = new Map(planned.map((outcome, index) => [rowNumbers[index] ?? 0, outcome]));
  const lost = new Set<number>();
  for (const [index, field] of context.spec.fields.entries()) {
    const target = context.referred.get(field.references ?? '');
    // What a text refers to a foreign key of the table holds.
    if (!target || field.type !== 'reference' || !context.writtenFields.includes(field.name)) continue;
    const referred = drafts.map((draft) => draft.values[index] ?? null);
    const wanted = [...new Set(referred.filter((id) => id !== null))];
    if (wanted.length === 0) continue;
    const there = await valuesThere(context, field, target, wanted);
    referred.forEach((value, at) => {
      if (value !== null && !there.has(value)) lost.add(rowNumbers[at] ?? 0);
    });
  }
  return { outcomes, lost };
}

/** Of values of a reference field those that lead to a record: its id, or what a column of an own table holds. */
async function valuesThere(
  { client, tenantId }: ChunkContext,
  { own }: TargetField,
  target: TargetSpec,
  values: readonly string[],
): Promise<Set<string>> {
  const { from, id, mine } = recordsSql(target);
  const column = own?.referredColumn;
  const { rows } = await client.query<{ value: string }>(
    isOwn(target) && column !== undefined
      ? `select "w"."value" from unnest($1::text[]) as "w" ("value")
         where exists (select from ${ownTable(target)} as "t" where "t".${quoted(column)} = "w"."value"::${own?.cast})`
      : `select ${id} as "value" from ${from} where ${id} = any($1::uuid[]) and ${mine('$2')}`,
    isOwn(target) && column !== undefined ? [values] : [values, tenantId],
  );
  return new Set(rows.map(({ value }) => value));
}

/** Why a row is held: what would become of it is not what was planned; null when it is. */
export function driftOf(
  { outcomes, lost }: PlannedRows,
  states: RecordStates,
  rowNumber: number,
  would: WouldBe,
): RowIssue | null {
  const planned = outcomes.get(rowNumber);
  if (!planned) return null;
  if (would.action !== planned.action) return drifted(movedMessage(planned, would));
  if (would.duplicateOf !== planned.duplicateOf) return drifted('It matches another record than was planned.');
  if (would.action !== 'created') {
    if (would.targetId !== planned.targetId) return drifted('It meets another record than was planned.');
    if (states.of(would.targetId) !== planned.state)
      return drifted(`The record ${planned.targetId} was changed after the plan was made.`);
  }
  return lost.has(rowNumber) ? drifted('It refers to a record that is not there, or not any more.') : null;
}

function movedMessage({ action, targetId }: PlannedOutcome, would: WouldBe): string {
  if (action === 'created') return `The record ${would.targetId ?? ''} was made after the plan was.`;
  if (would.action === 'created') return `The record ${targetId} was removed after the plan was made.`;
  return 'What would become of it is not what was planned.';
}

function drifted(message: string): RowIssue {
  return { field: null, code: 'drifted', message, value: null, fatal: false };
}
