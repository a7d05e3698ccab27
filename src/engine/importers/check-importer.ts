import type { EntityManager } from '@mikro-orm/postgresql';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { ImporterInput } from '../../domain/importer.ts';
import { shownFields } from '../../domain/target.ts';
import { asFieldMistakes, importerMistakes as checkImporter } from '../../rows/fields/check-importer.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { findTarget } from '../targets/tenant-targets.ts';

/**
 * What is wrong with an importer, by its place on the wire: what does not fit together in it, and what `surroundingMistakes`
 * finds.
 */
export async function importerMistakes(
  em: EntityManager,
  tenantId: string,
  input: ImporterInput,
  id: string | null,
): Promise<FieldMistakes> {
  const { fields, key, duplicates, newerBy, mapping } = input;
  const unfit = checkImporter({
    fields,
    names: fields.map(({ name }) => name),
    key,
    duplicates,
    newerBy,
    mapped: new Map(mapping.flatMap(({ column, field }) => (field === null ? [] : [[column, field]]))),
  });
  const mistakes: Record<string, readonly string[]> = { ...asFieldMistakes(unfit) };
  for (const [place, told] of Object.entries(await surroundingMistakes(em, tenantId, input, id)))
    mistakes[place] = [...(mistakes[place] ?? []), ...told];
  return mistakes;
}

/**
 * What is wrong with an importer where it is to live: a slug that is taken, a target that is not there, fields that it
 * does not have.
 * @param id the importer's own, when there is one already
 */
export async function surroundingMistakes(
  em: EntityManager,
  tenantId: string,
  input: ImporterInput,
  id: string | null,
): Promise<FieldMistakes> {
  const { fields } = input;
  const mistakes: Record<string, readonly string[]> = {};
  const mistake = (place: string, text: string): void => {
    mistakes[place] = [...(mistakes[place] ?? []), text];
  };
  const holder = await em.findOne(ImportImporter, { tenantId, slug: input.slug, deletedAt: null });
  if (holder && holder.id !== id) mistake('slug', `The slug ${input.slug} has already been taken.`);
  if (input.target === null) return mistakes;
  const spec = input.target.startsWith('importer:') ? undefined : await findTarget(em, tenantId, input.target);
  if (!spec) {
    mistake('target', `The target ${input.target} does not exist.`);
    return mistakes;
  }
  const known = new Set(shownFields(spec).map(({ name }) => name));
  fields.forEach(({ name }, at) => {
    if (!known.has(name)) mistake(`schema.fields.${at}.name`, `The target ${spec.type} has no field ${name}.`);
  });
  return mistakes;
}
