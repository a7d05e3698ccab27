import { isUnique } from '../../domain/importer.ts';
import type { ImporterField } from '../../domain/importer.ts';
import type { TargetSpec } from '../../domain/target.ts';
import type { Packed } from '../candidate.ts';

/** A field of which no two rows of a file may have the same value. */
export interface UniqueField {
  readonly field: ImporterField;
  /** Where its value stands in a packed row. */
  readonly place: number;
}

/** The fields of a schema that are unique within a file, as they stand in the target's rows. */
export function uniqueFields(fields: readonly ImporterField[], spec: Pick<TargetSpec, 'fields'>): UniqueField[] {
  return fields.filter(isUnique).flatMap((field) => {
    const place = spec.fields.findIndex(({ name }) => name === field.name);
    return place < 0 ? [] : [{ field, place }];
  });
}

/**
 * The bytes by which a value equals another one: those of the value as it is kept, in UTF-8. Null when the row has none:
 * no value equals an empty cell. They lie in the packed row and are good for as long as that is.
 */
export function valueBytes({ bytes, start, end }: Packed, place: number): Buffer | null {
  let at = start;
  for (let skipped = 0; skipped < place && at < end; skipped++) at += 4 + Math.max(0, bytes.readInt32BE(at));
  const length = at < end ? bytes.readInt32BE(at) : -1;
  return length < 0 ? null : bytes.subarray(at + 4, at + 4 + length);
}
