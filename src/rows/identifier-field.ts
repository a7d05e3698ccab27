import type { ModeConfig } from '../domain/job.ts';
import type { FileOrigin } from '../domain/import-file.ts';
import type { QueryConfiguration } from '../domain/query.ts';
import { identityName, isOwn, SOURCE_KEY } from '../domain/target.ts';
import type { TargetSpec } from '../domain/target.ts';

/**
 * The target field whose value identifies a row within its source. `source_identifier_field` may name the field itself
 * or the source column that fills it (`id`, `customers.id`, as document 000 does); without it, it is `external_id`.
 * Null when the query fills no such field. Rows of an own table are known by the identity it was registered with (see
 * `identityName`) or, where the query leaves that to the table, which fills it by itself, by their key in the source
 * (`SOURCE_KEY`). Rows of a file are known by their importer's key.
 */
export function identifierFieldOf(
  mode: ModeConfig,
  { spec, query, file }: { spec: TargetSpec; query: QueryConfiguration; file?: Pick<FileOrigin, 'key'> | undefined },
): string | null {
  if (file && !isOwn(spec)) {
    if (spec.key !== undefined || file.key.length === 0) return spec.identity[0] ?? null;
    return file.key.length === 1 ? (file.key[0] ?? null) : identityName({ identity: file.key });
  }
  if (isOwn(spec)) {
    const fills = (name: string): boolean => query.fields.some((field) => field.target === name);
    const left = spec.fields.filter(({ name }) => spec.identity.includes(name) && !fills(name));
    if (left.length === 0) return identityName(spec);
    return !file && left.every(({ own }) => own?.filled === true) ? SOURCE_KEY : null;
  }
  const named = mode.sourceIdentifierField;
  if (named === null) return spec.identity[0] ?? null;
  const filled = query.fields.filter((field) => spec.fields.some((candidate) => candidate.name === field.target));
  if (filled.some((field) => field.target === named)) return named;
  const base = plainName(query.baseTable.split(/\s+as\s+/i).at(-1) ?? query.baseTable);
  // In `from public.customers` the column goes by `id`, `customers.id` and `public.customers.id`.
  const prefixes = [`${base}.`, `${base.slice(base.lastIndexOf('.') + 1)}.`];
  const columnOf = (text: string): string => {
    const name = plainName(text);
    return name.slice(prefixes.find((prefix) => name.startsWith(prefix))?.length ?? 0);
  };
  const byColumn = filled.find((field) => columnOf(field.source) === columnOf(named));
  return byColumn?.target ?? null;
}

/** The types of a job whose rows are known by their key in the source; see `SOURCE_KEY`. */
export function keyedBySource(mode: ModeConfig, targets: readonly Parameters<typeof identifierFieldOf>[1][]): string[] {
  return targets.flatMap((target) => (identifierFieldOf(mode, target) === SOURCE_KEY ? [target.spec.type] : []));
}

/** A column's name without quotes and without a cast to text. */
function plainName(text: string): string {
  return text
    .trim()
    .replace(/::\s*(text|varchar)$/i, '')
    .replaceAll('"', '')
    .toLowerCase();
}
