import { z } from 'zod';
import { PERMISSIONS } from '../../domain/actor.ts';
import { requireFullRights } from '../../domain/policy.ts';
import type { TokenView } from '../../engine/access/api-tokens.ts';
import type { Access } from '../../engine/access/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, text } from '../inputs.ts';
import { meta, paging } from './paging.ts';

const tokenBody = z.object({
  name: text(),
  permissions: z.array(z.enum(PERMISSIONS)).nullable().default(null),
  expires_in_days: z.int().min(1).max(3650).nullable().default(null),
});

function presentToken(token: TokenView): object {
  return {
    id: token.id,
    name: token.name,
    permissions: token.permissions,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    last_used_at: token.lastUsedAt,
  };
}

const FULL_RIGHTS = { authorise: requireFullRights } as const;

/** Everybody manages his own API tokens here. */
export function tokenRoutes({ access }: { readonly access: Access }): readonly Route[] {
  return [
    guarded('get', '/tokens', {
      ...FULL_RIGHTS,
      summary: 'Lists the API tokens of who is asking, without the tokens themselves.',
      query: z.object(paging()),
      act: ({ actor, query }) => access.listTokens(actor, { page: query.page, perPage: query.per_page }),
      present: ({ tokens, total }, { query }) => ({
        body: { data: tokens.map(presentToken), meta: meta(query, total) },
      }),
    }),
    guarded('post', '/tokens', {
      ...FULL_RIGHTS,
      summary: 'Makes an API token and shows it, this once.',
      body: tokenBody,
      act: ({ actor, body }) =>
        access.createToken(actor, {
          name: body.name,
          permissions: body.permissions,
          expiresInDays: body.expires_in_days,
        }),
      present: ({ id, token }) => ({ status: 201, body: { message: 'Token created successfully', token, id } }),
    }),
    guarded('delete', '/tokens/:id', {
      ...FULL_RIGHTS,
      params: idParams,
      subject: 'Token',
      summary: 'Deletes an API token; it is refused from then on.',
      act: ({ actor, params }) => access.deleteToken(actor, params),
      present: () => ({ body: { message: 'Token deleted successfully' } }),
    }),
  ];
}
