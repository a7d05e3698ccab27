import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { ImportTemplate } from '../entities/import-template.ts';

/** The templates a tenant may apply: the system's own first, then his, each in the order they were made. */
export function templatesOf(em: EntityManager, tenantId: string): Promise<ImportTemplate[]> {
  return em.find(
    ImportTemplate,
    { $or: [{ tenantId: null }, { tenantId }] },
    { orderBy: { isSystem: 'desc', createdAt: 'asc', id: 'asc' } },
  );
}

/** A template that a tenant may apply, or null. */
export function findTemplate(em: EntityManager, tenantId: string, id: string): Promise<ImportTemplate | null> {
  return em.findOne(ImportTemplate, { id, $or: [{ tenantId: null }, { tenantId }] });
}

/** The same, held against changes until the caller's transaction ends. */
export function lockTemplate(em: EntityManager, tenantId: string, id: string): Promise<ImportTemplate | null> {
  return em.findOne(
    ImportTemplate,
    { id, $or: [{ tenantId: null }, { tenantId }] },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
}
