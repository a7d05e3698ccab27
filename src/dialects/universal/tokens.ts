import { z } from 'zod';
import { PERMISSIONS } from '../../domain/actor.ts';
import { requireFullRights } from '../../domain/policy.ts';
import type { TokenView } from '../../engine/access/api-tokens.ts';
import type { Access } from '../../engine/access/index.ts';
import { instant, messageAnswer, messageOf, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, text } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import { moment } from './words.ts';

const tokenBody = z.object({
  name: text(),
  permissions: z.array(z.enum(PERMISSIONS)).nullable().default(null),
  expires_in_days: z.int().min(1).max(3650).nullable().default(null),
});

const tokenAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  permissions: perhaps(z.array(z.enum(PERMISSIONS))).describe('Null: all that its user may do.'),
  created_at: instant,
  expires_at: perhaps(instant),
  last_used_at: perhaps(instant),
});

function presentToken(token: TokenView): Presented<typeof tokenAnswer> {
  return {
    id: token.id,
    name: token.name,
    permissions: token.permissions,
    created_at: moment(token.createdAt),
    expires_at: moment(token.expiresAt),
    last_used_at: moment(token.lastUsedAt),
  };
}

const DELETED = 'Token deleted successfully';

const FULL_RIGHTS = { authorise: requireFullRights } as const;

/** Everybody manages his own API tokens here. */
export function tokenRoutes({ access }: { readonly access: Access }): readonly Route[] {
  return [
    guarded('get', '/tokens', {
      ...FULL_RIGHTS,
      summary: 'Lists the API tokens of who is asking, without the tokens themselves.',
      status: 200,
      answers: pageOf(tokenAnswer),
      query: z.object(paging()),
      act: ({ actor, query }) => access.listTokens(actor, { page: query.page, perPage: query.per_page }),
      present: ({ tokens, total }, { query }) => ({
        body: { data: tokens.map(presentToken), meta: meta(query, total) },
      }),
    }),
    guarded('post', '/tokens', {
      ...FULL_RIGHTS,
      summary: 'Makes an API token and shows it, this once.',
      status: 201,
      answers: messageAnswer.extend({ token: z.string(), id: z.uuid() }),
      body: tokenBody,
      act: ({ actor, body }) =>
        access.createToken(actor, {
          name: body.name,
          permissions: body.permissions,
          expiresInDays: body.expires_in_days,
        }),
      present: ({ id, token }) => ({ body: { message: 'Token created successfully', token, id } }),
    }),
    guarded('delete', '/tokens/:id', {
      ...FULL_RIGHTS,
      params: idParams,
      subject: 'Token',
      summary: 'Deletes an API token; it is refused from then on.',
      status: 200,
      answers: messageOf(DELETED),
      act: ({ actor, params }) => access.deleteToken(actor, params),
      present: () => ({ body: { message: DELETED } }),
    }),
  ];
}
