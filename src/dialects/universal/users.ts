import { z } from 'zod';
import { PERMISSIONS, ROLES } from '../../domain/actor.ts';
import { requireOwner } from '../../domain/policy.ts';
import type { Access } from '../../engine/access/index.ts';
import type { UserView } from '../../engine/access/user-view.ts';
import { instant, messageAnswer, messageOf } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, optionalText, queryValue, text } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import { moment } from './words.ts';

/** An e-mail address, as far as its form tells. */
export const email = text().refine((value) => /^[^\s@]+@[^\s@]+$/u.test(value), {
  error: 'The :attribute must be a valid email address.',
});

/** A password somebody may choose; longer ones than this only serve to keep a processor busy. */
export const password = z.string().min(8).max(1024);

const permissions = z.array(z.enum(PERMISSIONS)).nullable();

const userBody = z.object({
  name: text(),
  email,
  password,
  role: z.enum(ROLES),
  permissions: permissions.default(null),
});

const changes = z.object({
  name: text().optional(),
  email: email.optional(),
  password: password.nullish(),
  role: z.enum(ROLES).optional(),
  permissions: permissions.optional(),
});

const listQuery = z.object({ search: queryValue(optionalText()), ...paging() });

export const userAnswer = z.object({
  id: z.uuid(),
  number: z.int(),
  name: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  permissions: z.array(z.enum(PERMISSIONS)).describe('What he may do in effect.'),
  created_at: instant,
  updated_at: instant,
});

const changedAnswer = messageAnswer.extend({ user: userAnswer });

/** A user as this dialect shows users. */
export function presentUser(user: UserView): Presented<typeof userAnswer> {
  const { id, number, name, email: address, role, permissions: may, createdAt, updatedAt } = user;
  return {
    id,
    number,
    name,
    email: address,
    role,
    permissions: may,
    created_at: moment(createdAt),
    updated_at: moment(updatedAt),
  };
}

const DELETED = 'User deleted successfully';

const OWNERS = { authorise: requireOwner } as const;
const ONE = { ...OWNERS, params: idParams, subject: 'User' };

/** Owners manage the users of their tenant here. */
export function userRoutes({ access }: { readonly access: Access }): readonly Route[] {
  return [
    guarded('get', '/users', {
      ...OWNERS,
      summary: 'Lists the users of the tenant.',
      status: 200,
      answers: pageOf(userAnswer),
      query: listQuery,
      act: ({ actor, query }) =>
        access.listUsers(actor, { page: query.page, perPage: query.per_page, search: query.search ?? null }),
      present: ({ users, total }, { query }) => ({ body: { data: users.map(presentUser), meta: meta(query, total) } }),
    }),
    guarded('post', '/users', {
      ...OWNERS,
      summary: 'Makes a user in the tenant.',
      status: 201,
      answers: changedAnswer,
      body: userBody,
      act: ({ actor, body }) => access.createUser(actor, body),
      present: (user) => ({ body: { message: 'User created successfully', user: presentUser(user) } }),
    }),
    guarded('put', '/users/:id', {
      ...ONE,
      summary: 'Changes a user; what is left out stays.',
      status: 200,
      answers: changedAnswer,
      body: changes,
      act: ({ actor, params, body, sessionId }) =>
        access.updateUser(actor, { ...body, password: body.password ?? undefined, id: params.id, sessionId }),
      present: (user) => ({ body: { message: 'User updated successfully', user: presentUser(user) } }),
    }),
    guarded('delete', '/users/:id', {
      ...ONE,
      summary: 'Removes a user with his sessions and tokens.',
      status: 200,
      answers: messageOf(DELETED),
      act: ({ actor, params }) => access.deleteUser(actor, params),
      present: () => ({ body: { message: DELETED } }),
    }),
  ];
}
