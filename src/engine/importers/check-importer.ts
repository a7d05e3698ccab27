import type { EntityManager } from '@mikro-orm/postgresql';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { ImporterInput } from '../../domain/importer.ts';
import { shownFields } from '../../domain/target.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { findTarget } from '../targets/tenant-targets.ts';

/**
 * What is wrong with an importer that only the store can tell, by its place on the wire: a slug that is taken, a target
 * that is not there, fields that it does not have.
 */
export async function importerMistakes(
  em: EntityManager,
  tenantId: string,
  input: ImporterInput,
  id: string | null,
): Promise<FieldMistakes> {
  const mistakes: Record<string, string[]> = {};
  const holder = await em.findOne(ImportImporter, { tenantId, slug: input.slug, deletedAt: null });
  if (holder && holder.id !== id) mistakes['slug'] = [`The slug ${input.slug} has already been taken.`];
  if (input.target === null) return mistakes;
  const spec = await findTarget(em, tenantId, input.target);
  if (!spec || input.target.startsWith('importer:')) {
    mistakes['target'] = [`The target ${input.target} does not exist.`];
    return mistakes;
  }
  const known = new Set(shownFields(spec).map(({ name }) => name));
  input.fields.forEach(({ name }, at) => {
    if (known.has(name)) return;
    mistakes[`schema.fields.${at}.name`] = [`The target ${spec.type} has no field ${name}.`];
  });
  return mistakes;
}
