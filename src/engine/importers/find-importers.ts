import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import type { EngineDeps } from '../deps.ts';
import type { Page } from '../jobs/find-jobs.ts';
import { viewImporter } from './importer-view.ts';
import type { ImporterView } from './importer-view.ts';

/** The tenant's importers, newest first. */
export async function listImporters(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  { page, perPage }: Page,
): Promise<{ rows: ImporterView[]; total: number }> {
  requirePermission(actor, 'system.import');
  const where = { tenantId: actor.tenantId, deletedAt: null };
  const [rows, total] = await orm.em.fork().findAndCount(ImportImporter, where, {
    orderBy: { createdAt: 'desc', id: 'desc' },
    limit: perPage,
    offset: (page - 1) * perPage,
  });
  return { rows: rows.map(viewImporter), total };
}

/** One importer, by its id or its slug. Throws `not_found`. */
export async function getImporter({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, name: string): Promise<ImporterView> {
  return viewImporter(await findImporter(orm.em.fork(), actor, name));
}

/** The same as it lies in the store, held against others where that is asked for. */
export async function findImporter(
  em: EntityManager,
  actor: Actor,
  name: string,
  lockMode: LockMode.NONE | LockMode.PESSIMISTIC_WRITE = LockMode.NONE,
): Promise<ImportImporter> {
  requirePermission(actor, 'system.import');
  const known = isUuid(name) ? { $or: [{ id: name }, { slug: name }] } : { slug: name };
  const where = { tenantId: actor.tenantId, deletedAt: null, ...known };
  const importer = await em.findOne(ImportImporter, where, { lockMode });
  if (!importer) throw notFound('Importer');
  return importer;
}
