import type { ImportJob, JobTarget } from '../../store/entities/import-job.ts';
import type { PlannedChange } from '../../store/plans/plan-changes.ts';
import { shownValue } from '../targets/field-value.ts';
import type { FieldValue } from '../targets/field-value.ts';

/** What would become of a row, and of each field of its record that would change. */
export interface Change extends Pick<
  PlannedChange,
  'rowNumber' | 'sourceIdentifier' | 'action' | 'targetId' | 'duplicateOf' | 'drifted'
> {
  readonly targetType: string;
  readonly fields: ReadonlyMap<string, { readonly before: FieldValue; readonly after: FieldValue }>;
}

/** A planned change as it is shown. */
export function changeOf(job: ImportJob, planned: PlannedChange): Change {
  const target = job.targets.find(({ ordinal }) => ordinal === planned.targetOrdinal);
  if (!target) throw new Error(`the plan ${job.id} has no target ${planned.targetOrdinal}`);
  return { ...planned, targetType: target.spec.type, fields: changedFields(job, target, planned) };
}

function changedFields(
  job: ImportJob,
  { ordinal, spec }: JobTarget,
  { action, values, before, merged }: PlannedChange,
): Change['fields'] {
  if (action !== 'create' && action !== 'update') return new Map();
  // As `planTarget` stored it.
  const query = job.sourceQueries[String(ordinal)] as { fields: readonly { target: string }[] } | undefined;
  const written = new Set(query?.fields.map(({ target }) => target));
  return new Map(
    spec.fields.flatMap((field, index) => {
      const given = values[index] ?? null;
      const old = before?.[field.column] ?? null;
      // A merge leaves what the row says nothing of, and whose record it is.
      const kept = merged && (given === null || given === '' || spec.identity.includes(field.name));
      if (!written.has(field.name) || kept || given === old) return [];
      return [[field.name, { before: shownValue(field.type, old), after: shownValue(field.type, given) }] as const];
    }),
  );
}
