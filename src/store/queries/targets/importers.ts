import type { EntityManager } from '@mikro-orm/postgresql';
import type { TargetSpec } from '../../../domain/target.ts';
import { ImportImporter } from '../../entities/import-importer.ts';

const PREFIX = 'importer:';

/** The tables of their own that a tenant's importers have, oldest first. */
export async function importerTargets(em: EntityManager, tenantId: string): Promise<TargetSpec[]> {
  const found = await em.find(
    ImportImporter,
    { tenantId, deletedAt: null, spec: { $ne: null } },
    { orderBy: { createdAt: 'asc', number: 'asc' } },
  );
  return found.flatMap(({ spec }) => spec ?? []);
}

/** The table that an importer of a tenant has, by its type `importer:SLUG`, or undefined. */
export async function findImporterTarget(
  em: EntityManager,
  tenantId: string,
  type: string,
): Promise<TargetSpec | undefined> {
  if (!type.startsWith(PREFIX)) return undefined;
  const slug = type.slice(PREFIX.length);
  return (await em.findOne(ImportImporter, { tenantId, slug, deletedAt: null }))?.spec ?? undefined;
}
