import type { ImporterField } from '../../domain/importer.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { ColumnFormats } from './format-evidence.ts';

/** What is made of a file's rows. */
export interface FieldsPlan {
  /** Fields of an importer's schema, known in the target by their names; others are left out. */
  readonly fields: readonly ImporterField[];
  readonly spec: Pick<TargetSpec, 'fields' | 'anyOf' | 'directory' | 'own'>;
  /** For each field of the schema the column that fills it; null: none does. */
  readonly columns: readonly (number | null)[];
  /** For each field of the schema how its column is written; see `FormatEvidence`. */
  readonly formats: ColumnFormats;
  /** The fields whose values identify a row: one by its value, several by a JSON array of theirs. */
  readonly key: readonly string[];
  /** The column that says which cells of a row could not be read; null for a file without one. */
  readonly issuesColumn: number | null;
}
