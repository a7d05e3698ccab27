import { invalid } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { DatabaseType } from '../../domain/profile.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { FindTarget } from '../../domain/target.ts';

/** A template of a tenant's own. */
export interface TemplateInput {
  readonly name: string;
  readonly platform: string;
  readonly databaseType: DatabaseType;
  readonly description: string;
  /** The target types it is meant for; null for those it has queries for. */
  readonly supportedTypes: readonly string[] | null;
  readonly queries: Readonly<Record<string, QueryConfiguration>>;
}

/** What is to change in a template; what is left out stays. */
export type TemplateChanges = { readonly [Key in keyof TemplateInput]?: TemplateInput[Key] | undefined };

/**
 * Throws `validation` naming every target type and field that does not exist. A template belongs to no database, so
 * its expressions are held against one only when a profile applies and runs it.
 */
export function checkTemplate(
  { supportedTypes, queries }: Pick<TemplateChanges, 'supportedTypes' | 'queries'>,
  find: FindTarget,
): void {
  const mistakes: Record<string, readonly string[]> = {};
  supportedTypes?.forEach((type, index) => {
    if (!find(type)) mistakes[`supported_types.${index}`] = [`There is no target ${type}.`];
  });
  for (const [type, query] of Object.entries(queries ?? {})) {
    for (const [field, sentences] of Object.entries(targetMistakes(query, find))) {
      mistakes[`configuration.queries.${type}.${field}`] = sentences;
    }
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}

/** What of a query does not fit the target it fills: an unknown target, unknown fields, one field filled twice. */
export function targetMistakes(query: QueryConfiguration, find: FindTarget): FieldMistakes {
  const spec = find(query.targetType);
  if (!spec) return { target_type: [`There is no target ${query.targetType}.`] };
  const mistakes: Record<string, string[]> = {};
  const seen = new Set<string>();
  query.fields.forEach(({ target }, index) => {
    const place = `fields.${index}.target`;
    if (!spec.fields.some((field) => field.name === target)) {
      mistakes[place] = [`The target ${spec.type} has no field ${target}.`];
    } else if (seen.has(target)) {
      mistakes[place] = [`The field ${target} is filled twice.`];
    }
    seen.add(target);
  });
  return mistakes;
}
