import { LockMode, UniqueConstraintViolationException, raw } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Tenant } from '../../entities/tenant.ts';
import { User } from '../../entities/user.ts';

/**
 * The user with this e-mail, however it is cased, whatever his tenant. One round trip whether there is one or not: the
 * time it takes must not tell.
 */
export function findUserByEmail(em: EntityManager, email: string): Promise<User | null> {
  return em.findOne(User, { [raw('lower("email")')]: raw('lower(?)', [email]) });
}

export interface UserPage {
  readonly users: User[];
  readonly total: number;
}

/** A tenant's users in the order they were made. */
export async function pageOfUsers(
  em: EntityManager,
  tenantId: string,
  page: { readonly limit: number; readonly offset: number; readonly search: string | null },
): Promise<UserPage> {
  const pattern = page.search === null ? null : `%${page.search.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
  const matches = pattern === null ? {} : { $or: [{ name: { $ilike: pattern } }, { email: { $ilike: pattern } }] };
  const [users, total] = await em.findAndCount(
    User,
    { tenantId, ...matches },
    { limit: page.limit, offset: page.offset, orderBy: { createdAt: 'asc', id: 'asc' } },
  );
  return { users, total };
}

/**
 * Waits until nobody else changes who the owners of a tenant are; until the caller's transaction ends nobody else does.
 * Without it two owners could each remove the other at once.
 */
export async function lockTenant(em: EntityManager, tenantId: string): Promise<void> {
  await em.findOneOrFail(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Owners of a tenant besides this user. */
export function countOtherOwners(em: EntityManager, tenantId: string, userId: string): Promise<number> {
  return em.count(User, { tenantId, role: 'owner', id: { $ne: userId } });
}

/** Whether a write failed because somebody has the e-mail already. */
export function isEmailTaken(error: unknown): boolean {
  return error instanceof UniqueConstraintViolationException && constraintOf(error) === 'users_email';
}

function constraintOf(error: Error): unknown {
  return 'constraint' in error ? error.constraint : undefined;
}
