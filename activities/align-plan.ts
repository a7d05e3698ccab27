import type { FileOrigin } from '../src/domain/import-file.ts';
import type { FilePlan } from './read-file.ts';

/** A plan, and those of the files before it, for a schema that may have changed since. */
export function alignedTo(names: readonly string[], plan: FilePlan, { fields }: Pick<FileOrigin, 'fields'>): FilePlan {
  const before = plan.names ?? fields.map(({ name }) => name);
  const { mended, ...own } = plan;
  const places = names.map((name) => before.indexOf(name));
  return {
    ...own,
    names,
    columns: places.map((place) => plan.columns[place] ?? null),
    formats: places.map((place) => plan.formats[place] ?? null),
    ...(mended && { mended: { ...mended, rest: alignedTo(names, mended.rest, { fields }) } }),
  };
}
