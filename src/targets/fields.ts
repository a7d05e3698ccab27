import type { TargetField, TargetSpec } from '../domain/target.ts';

type Extra = Partial<Omit<TargetField, 'name' | 'column' | 'type'>>;

const field =
  (type: TargetField['type']) =>
  (name: string, extra: Extra = {}): TargetField => ({ name, column: name, type, required: false, ...extra });

export const text = field('text');
export const numeric = field('numeric');
export const date = field('date');
export const timestamp = field('timestamptz');

/** A field that holds the record another row became; its value is that row's source identifier. */
export const reference = (name: string, references: string): TargetField =>
  field('reference')(name, { references, whenUnknown: 'leave_empty' });

/** The identifier a row has in its source. */
export const externalId = text('external_id', { identifying: true });
export const email = text('email', { identifying: true });

/** Completes a built-in target: its table is `target.TYPE`, its records are identified by `external_id` within a source. */
export function builtin(
  spec: Pick<TargetSpec, 'type' | 'label' | 'fields'> & { anyOf?: readonly string[] },
): TargetSpec {
  return { anyOf: [], ...spec, schema: 'target', table: spec.type, identity: ['external_id'], builtin: true };
}
