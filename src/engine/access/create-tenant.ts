import { randomUUIDv7 } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { requireSuperAdmin } from '../../domain/policy.ts';
import { Tenant } from '../../store/entities/tenant.ts';
import { audit } from '../audit/audit.ts';
import type { StoreDeps } from './access-deps.ts';
import { insertUser } from './new-user.ts';
import { viewUser } from './user-view.ts';
import type { UserView } from './user-view.ts';

export interface CreateTenantInput {
  readonly name: string;
  readonly owner: { readonly name: string; readonly email: string; readonly password: string };
}

export interface TenantView {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly createdAt: Date;
}

/** Makes a tenant and its first owner. Super admins only; a taken e-mail is `validation` on `owner.email`. */
export async function createTenant(
  deps: StoreDeps,
  actor: Actor,
  input: CreateTenantInput,
): Promise<{ tenant: TenantView; owner: UserView }> {
  requireSuperAdmin(actor);
  return deps.orm.em.fork().transactional(async (tx) => {
    const tenant = tx.create(Tenant, { id: randomUUIDv7(), name: input.name });
    await tx.flush();
    const rights = { role: 'owner', permissions: null } as const;
    const owner = await insertUser(tx, { ...input.owner, ...rights, tenantId: tenant.id }, 'owner.email');
    const subject = { type: 'tenant', id: tenant.id, tenantId: tenant.id };
    await audit(tx, actor, 'tenant.created', subject, { name: tenant.name, owner: owner.email });
    const { id, number, name, createdAt } = tenant;
    return { tenant: { id, number, name, createdAt }, owner: viewUser(owner) };
  });
}
