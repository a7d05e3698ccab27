import { recordId } from '../../domain/record.ts';
import { shownFields } from '../../domain/target.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { RecordChange } from '../../store/queries/ledger/record-history.ts';
import type { StoredRecord } from '../../store/queries/targets/stored-record.ts';
import { shownValue } from './field-value.ts';
import type { FieldValue } from './field-value.ts';
import type { HistoryEntry } from './target-record.ts';

/**
 * What was done to a record, oldest first, each with the values before and after. The store keeps only what a change
 * overwrote; what it wrote is what the next change found, or what the record holds now, so it is read backwards.
 */
export function recordHistory(
  spec: TargetSpec,
  record: StoredRecord,
  changes: readonly RecordChange[],
): HistoryEntry[] {
  const state = new Map(spec.fields.map((field, index) => [field.column, record.values[index] ?? null]));
  const entries: HistoryEntry[] = [];
  for (const change of changes.toReversed()) {
    if (change.action === 'deleted') {
      // It came back as it was.
      entries.push(entry(change, shown(spec, state), null));
      continue;
    }
    const columns = change.before === null ? [...state.keys()] : Object.keys(change.before);
    const after = shown(spec, new Map(columns.map((column) => [column, state.get(column) ?? null])));
    const before = change.before === null ? null : shown(spec, new Map(Object.entries(change.before)));
    for (const [column, value] of Object.entries(change.before ?? {})) state.set(column, value);
    entries.push(entry(change, before, after));
  }
  return entries.toReversed();
}

function entry(change: RecordChange, before: HistoryEntry['before'], after: HistoryEntry['after']): HistoryEntry {
  const { at, action, job, user } = change;
  return {
    at,
    action,
    job: job && {
      id: job.id,
      recordId: recordId({ jobNumber: job.number, targetOrdinal: job.targetOrdinal, rowNumber: job.rowNumber }),
      rowNumber: job.rowNumber,
      sourceIdentifier: job.sourceIdentifier,
    },
    user,
    before,
    after,
  };
}

/** Columns that are fields, under the fields' names; a before-image keeps more than them. */
function shown(spec: TargetSpec, columns: ReadonlyMap<string, string | null>): Map<string, FieldValue> {
  return new Map(
    shownFields(spec).flatMap((field) => {
      const text = columns.get(field.column);
      return text === undefined ? [] : [[field.name, shownValue(field.type, text)] as const];
    }),
  );
}
