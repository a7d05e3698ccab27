import type { DuplicateDetection } from '../domain/job.ts';
import { isOwn } from '../domain/target.ts';
import type { TargetField, TargetSpec } from '../domain/target.ts';

/** A field that gives evidence of whether two rows are the same thing, and where it lies in a row's values. */
export interface EvidenceField {
  readonly field: TargetField;
  readonly index: number;
}

/**
 * The fields by which rows are held against each other: those that are named, or else all that the job writes. What
 * identifies a row within its own source says nothing of another's, and a reference is an identifier of the source on the
 * one side and of our own record on the other: neither is evidence, nor is the key of an own table.
 */
export function evidenceFields(
  spec: TargetSpec,
  writtenFields: readonly string[],
  { primaryFields, secondaryFields }: Pick<DuplicateDetection, 'primaryFields' | 'secondaryFields'>,
): EvidenceField[] {
  const named = new Set([...primaryFields, ...secondaryFields]);
  return spec.fields.flatMap((field, index) =>
    writtenFields.includes(field.name) &&
    field.type !== 'reference' &&
    !identifiesAtSource(spec, field) &&
    (named.size === 0 || named.has(field.name))
      ? [{ field, index }]
      : [],
  );
}

/** What identifies a record of an own table does so for everybody, unless it is only its key. */
function identifiesAtSource(spec: TargetSpec, { name, column }: TargetField): boolean {
  if (!isOwn(spec)) return spec.identity.includes(name);
  return spec.own.key.some((key) => key.column === column);
}
