import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';

/** Who is asking. */
export function meRoutes(): readonly Route[] {
  return [
    guarded('get', '/me', {
      summary: 'Shows who is logged in and what he may do.',
      act: ({ actor }) => Promise.resolve(actor),
      present: ({ userId, name, email, role, permissions, tenantId, tenantName }) => ({
        body: { user: { id: userId, name, email, role, permissions, tenant: { id: tenantId, name: tenantName } } },
      }),
    }),
  ];
}
