import { z } from 'zod';
import { PERMISSIONS, ROLES } from '../../domain/actor.ts';
import { named } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';

const meAnswer = z.object({
  user: named.extend({
    email: z.string(),
    role: z.enum(ROLES),
    permissions: z.array(z.enum(PERMISSIONS)),
    tenant: named,
  }),
});

/** Who is asking. */
export function meRoutes(): readonly Route[] {
  return [
    guarded('get', '/me', {
      summary: 'Shows who is logged in and what he may do.',
      status: 200,
      answers: meAnswer,
      act: ({ actor }) => Promise.resolve(actor),
      present: ({ userId, name, email, role, permissions, tenantId, tenantName }) => ({
        body: { user: { id: userId, name, email, role, permissions, tenant: { id: tenantId, name: tenantName } } },
      }),
    }),
  ];
}
