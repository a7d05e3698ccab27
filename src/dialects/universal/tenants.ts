import { z } from 'zod';
import { requireSuperAdmin } from '../../domain/policy.ts';
import type { Access } from '../../engine/access/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { text } from '../inputs.ts';
import { email, password, presentUser } from './users.ts';

const tenantBody = z.object({ name: text(), owner: z.object({ name: text(), email, password }) });

/** Super admins make tenants here. */
export function tenantRoutes({ access }: { readonly access: Access }): readonly Route[] {
  return [
    guarded('post', '/tenants', {
      authorise: requireSuperAdmin,
      summary: 'Makes a tenant and its first owner.',
      body: tenantBody,
      act: ({ actor, body }) => access.createTenant(actor, body),
      present: ({ tenant, owner }) => ({
        status: 201,
        body: {
          message: 'Tenant created successfully',
          tenant: { id: tenant.id, number: tenant.number, name: tenant.name, created_at: tenant.createdAt },
          owner: presentUser(owner),
        },
      }),
    }),
  ];
}
