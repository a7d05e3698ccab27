import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { Tenant } from '../../store/entities/tenant.ts';
import { User } from '../../store/entities/user.ts';

/** The importer that a public key is for, whoever has it. Throws `not_found`. */
export async function importerOfKey(em: EntityManager, publicKey: string): Promise<ImportImporter> {
  const importer = await em.findOne(ImportImporter, { publicKey, deletedAt: null });
  if (!importer) throw notFound('Importer');
  return importer;
}

/**
 * In whose name a key imports: its importer's maker, with the one right that a key gives. The key is the importer's, so
 * it stays good when its maker is gone.
 */
export async function keyHolder(em: EntityManager, { tenantId, createdById }: ImportImporter): Promise<Actor> {
  const tenant = await em.findOneOrFail(Tenant, { id: tenantId });
  const maker = await em.findOne(User, { id: createdById, tenantId });
  return {
    userId: createdById,
    userNumber: maker?.number ?? 0,
    name: maker?.name ?? '',
    email: maker?.email ?? '',
    tenantId,
    tenantName: tenant.name,
    role: 'agent',
    permissions: ['system.import'],
    superAdmin: false,
    restricted: true,
  };
}
