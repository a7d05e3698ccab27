import type { TargetSpec } from '../../domain/target.ts';
import type { RecordChangeAction } from '../../store/queries/ledger/record-history.ts';
import type { StoredRecord } from '../../store/queries/targets/stored-record.ts';
import { shownValue } from './field-value.ts';
import type { FieldValue } from './field-value.ts';

/** A record of a target as it is shown; the fields by name, in the target's order. */
export interface TargetRecord {
  readonly id: string;
  readonly fields: ReadonlyMap<string, FieldValue>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One thing that was done to a record: by a row of a job, by its undoing, or by a person. */
export interface HistoryEntry {
  readonly at: Date;
  readonly action: RecordChangeAction;
  readonly job: {
    readonly id: string;
    readonly recordId: string;
    readonly rowNumber: number;
    readonly sourceIdentifier: string | null;
  } | null;
  readonly user: { readonly id: string; readonly name: string } | null;
  /** The fields it overwrote as they were; null for a record that was not there before. */
  readonly before: ReadonlyMap<string, FieldValue> | null;
  /** The same fields as it left them; null for a record that is gone. */
  readonly after: ReadonlyMap<string, FieldValue> | null;
}

export function targetRecord(spec: TargetSpec, stored: StoredRecord): TargetRecord {
  const fields = spec.fields.flatMap((field, index) =>
    field.hidden === true ? [] : [[field.name, shownValue(field.type, stored.values[index] ?? null)] as const],
  );
  return { id: stored.id, fields: new Map(fields), createdAt: stored.createdAt, updatedAt: stored.updatedAt };
}
