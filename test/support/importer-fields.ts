import type { FieldRule, ImporterField } from '../../src/domain/importer.ts';
import { TARGET_TYPES } from '../../src/domain/importer.ts';
import { RowBlock } from '../../src/domain/row-block.ts';
import type { SourceRow } from '../../src/domain/source.ts';
import type { TargetSpec } from '../../src/domain/target.ts';
import type { FinalDraft } from '../../src/rows/candidate.ts';
import { compileFields } from '../../src/rows/fields/compile-fields.ts';
import type { FieldsPlan } from '../../src/rows/fields/fields-plan.ts';
import { FormatEvidence } from '../../src/rows/fields/format-evidence.ts';

export function fieldRule(rule: FieldRule['rule'], value: FieldRule['value'] = null, message?: string): FieldRule {
  return { rule, value, errorMessage: message ?? null };
}

/** A table of an importer's own. */
export function ownSpec(fields: readonly ImporterField[]): Pick<TargetSpec, 'fields' | 'anyOf'> {
  return {
    fields: fields.map(({ name, type }) => ({ name, column: name, type: TARGET_TYPES[type], required: false })),
    anyOf: [],
  };
}

/** Rows through a schema whose columns stand in its order; formats by the evidence of these rows. */
export function mapFields(
  fields: readonly ImporterField[],
  rows: readonly SourceRow[] | RowBlock,
  more: Partial<FieldsPlan> = {},
): FinalDraft[] {
  const block = rows instanceof RowBlock ? rows : RowBlock.of(rows);
  const columns = fields.map((_, index) => index);
  const evidence = new FormatEvidence(fields, columns);
  evidence.add(block);
  const formats = evidence.decide();
  return compileFields({ fields, spec: ownSpec(fields), columns, formats, key: [], issuesColumn: null, ...more })(
    block,
  );
}

/** What becomes of the values of one column: the value that is kept, or what is said of it. */
export function readColumn(field: ImporterField, values: readonly (string | null)[]): (string | null)[] {
  return mapFields(
    [field],
    values.map((value) => [value]),
  ).map(({ values: [kept = null], issues }) => issues[0]?.message ?? kept);
}
