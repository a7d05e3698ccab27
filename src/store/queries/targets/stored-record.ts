import type { TargetField } from '../../../domain/target.ts';

/** A record of a target, its values in the order of the target's fields. */
export interface StoredRecord {
  readonly id: string;
  readonly values: readonly (string | null)[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Which records, in which order. Values are in the text form of their field's type; an empty one asks for no value. */
export interface RecordSelection {
  readonly search: string | null;
  readonly filters: readonly { readonly field: TargetField; readonly value: string }[];
  readonly order: readonly { readonly column: string; readonly descending: boolean }[];
}
