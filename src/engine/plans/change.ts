import { isOwn } from '../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../domain/target.ts';
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

function changedFields(job: ImportJob, { ordinal, spec }: JobTarget, planned: PlannedChange): Change['fields'] {
  const { action, values, before, after } = planned;
  if (action !== 'create' && action !== 'update') return new Map();
  // As `planTarget` stored it.
  const query = job.sourceQueries[String(ordinal)] as { fields: readonly { target: string }[] } | undefined;
  const written = new Set(query?.fields.map(({ target }) => target));
  const merges = isMerged(spec, planned);
  return new Map(
    spec.fields.flatMap((field, index) => {
      const given = (after ? after[field.column] : values[index]) ?? null;
      const old = before?.[field.column] ?? null;
      // A merge leaves what the row says nothing of, and whose record it is; some columns of own tables are never empty.
      const kept =
        after === null &&
        (merges
          ? given === null || given === '' || spec.identity.includes(field.name)
          : given === null && isFilled(field));
      if (!written.has(field.name) || kept || given === old) return [];
      return [[field.name, { before: shownValue(field.type, old), after: shownValue(field.type, given) }] as const];
    }),
  );
}

/** Whether the row adds to what its record holds, instead of replacing it. */
function isMerged(spec: TargetSpec, { values, before, differs }: PlannedChange): boolean {
  if (before === null || !isOwn(spec)) return before !== null && differs;
  // What an own table holds may differ by what it makes of a row; one that is known by its identity was not merged.
  return spec.fields.some(
    ({ name, column }, at) => spec.identity.includes(name) && before[column] !== (values[at] ?? null),
  );
}

function isFilled({ own }: TargetField): boolean {
  return own !== undefined && own.notNull && own.filled;
}
