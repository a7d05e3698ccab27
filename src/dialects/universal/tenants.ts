import { z } from 'zod';
import { requireSuperAdmin } from '../../domain/policy.ts';
import type { Access } from '../../engine/access/index.ts';
import { instant, messageAnswer, named } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { text } from '../inputs.ts';
import { email, password, presentUser, userAnswer } from './users.ts';
import { moment } from './words.ts';

const tenantBody = z.object({ name: text(), owner: z.object({ name: text(), email, password }) });

const newTenantAnswer = messageAnswer.extend({
  tenant: named.extend({ number: z.int(), created_at: instant }),
  owner: userAnswer,
});

/** Super admins make tenants here. */
export function tenantRoutes({ access }: { readonly access: Access }): readonly Route[] {
  return [
    guarded('post', '/tenants', {
      authorise: requireSuperAdmin,
      summary: 'Makes a tenant and its first owner.',
      status: 201,
      answers: newTenantAnswer,
      body: tenantBody,
      act: ({ actor, body }) => access.createTenant(actor, body),
      present: ({ tenant, owner }) => ({
        body: {
          message: 'Tenant created successfully',
          tenant: { id: tenant.id, number: tenant.number, name: tenant.name, created_at: moment(tenant.createdAt) },
          owner: presentUser(owner),
        },
      }),
    }),
  ];
}
