import { TARGET_TYPES } from '../domain/importer.ts';
import type { ImporterField, TableChange } from '../domain/importer.ts';
import { HIDDEN_IDENTIFIER, shownFields } from '../domain/target.ts';
import type { FieldType, TargetField, TargetSpec } from '../domain/target.ts';

/** What a target is made from. */
export interface ImporterSchema {
  /** The importer's own, after which its table is called. */
  readonly number: number;
  readonly slug: string;
  readonly name: string;
  readonly fields: readonly ImporterField[];
  readonly key: readonly string[];
}

const IDENTIFIER: TargetField = {
  name: HIDDEN_IDENTIFIER,
  column: 'external_id',
  type: 'text',
  required: false,
  hidden: true,
};

/** The type by which the table of an importer is known. */
export function importerTargetType(slug: string): string {
  return `importer:${slug}`;
}

/**
 * The typed table of an importer and how to get there from what it was before. Columns have numbers for names, since
 * fields may be called anything. A field that a schema no longer has keeps its column and its values.
 */
export function importerTarget(
  { number, slug, name, fields, key }: ImporterSchema,
  before: TargetSpec | null,
): { readonly spec: TargetSpec; readonly changes: readonly TableChange[] } {
  const kept = before === null ? [] : shownFields(before);
  const changes: TableChange[] = [];
  let next = kept.reduce((most, { column }) => Math.max(most, Number(column.slice(1))), 0);
  const fieldFor = ({ name: called, type, required }: ImporterField): TargetField => {
    const wanted = TARGET_TYPES[type];
    const existing = kept.find((field) => field.name === called);
    const field = { name: called, column: existing?.column ?? `f${++next}`, type: wanted, required };
    if (existing === undefined) changes.push({ field, from: null, keepsValues: true });
    else if (existing.type !== wanted) {
      changes.push({ field, from: existing.type, keepsValues: keepsText(existing.type, wanted) });
    }
    return field;
  };
  const present = fields.map(fieldFor);
  const retired = kept
    .filter((field) => !fields.some((one) => one.name === field.name))
    .map((field) => ({ ...field, required: false }));
  const spec: TargetSpec = {
    type: importerTargetType(slug),
    label: name,
    schema: 'target',
    table: `importer_${number}`,
    // The identifier is the last: what it is made of is known by then.
    fields: [...present, ...retired, IDENTIFIER],
    identity: [HIDDEN_IDENTIFIER],
    key,
    anyOf: [],
    builtin: false,
  };
  return { spec, changes };
}

/** Everything becomes text as it is, but for a boolean, whose text in rows is not PostgreSQL's; an integer is a number. */
function keepsText(from: FieldType, to: FieldType): boolean {
  return (to === 'text' && from !== 'boolean') || (from === 'integer' && to === 'numeric');
}
