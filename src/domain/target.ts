export const FIELD_TYPES = ['text', 'integer', 'numeric', 'boolean', 'date', 'timestamptz', 'reference'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** One field of a target: what rows may put there and in which column it lies. */
export interface TargetField {
  readonly name: string;
  readonly column: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** For `reference`: the target type whose source identifier the value is; the column holds that record's id. */
  readonly references?: string;
  /** What happens to a row whose reference is unknown: the column stays empty and an issue says so, or the row fails. */
  readonly whenUnknown?: 'leave_empty' | 'fail';
  /** The value alone tells one record from another (an e-mail, an id): see exact duplicate detection. */
  readonly identifying?: boolean;
}

/** What rows become: a typed table, its fields, what makes two rows the same record. */
export interface TargetSpec {
  readonly type: string;
  readonly label: string;
  readonly schema: string;
  readonly table: string;
  readonly fields: readonly TargetField[];
  /** The fields that identify a record within one source. */
  readonly identity: readonly string[];
  /** Of these at least one must have a value; empty means no such rule. */
  readonly anyOf: readonly string[];
  readonly builtin: boolean;
}

/** Where a type stands when several are imported: what is referred to comes before what refers. */
export function dependencyOrder(specs: readonly TargetSpec[]): TargetSpec[] {
  const byType = new Map(specs.map((spec) => [spec.type, spec]));
  const ordered: TargetSpec[] = [];
  const visiting = new Set<string>();
  const visit = (spec: TargetSpec): void => {
    if (visiting.has(spec.type) || ordered.includes(spec)) return;
    visiting.add(spec.type);
    for (const field of spec.fields) {
      const referred = field.references === undefined ? undefined : byType.get(field.references);
      if (referred) visit(referred);
    }
    ordered.push(spec);
  };
  for (const spec of specs) visit(spec);
  return ordered;
}
