import { randomUUIDv7 } from 'node:crypto';
import type { Actor, Permission } from '../../domain/actor.ts';
import { invalid, notFound } from '../../domain/errors.ts';
import { requireFullRights } from '../../domain/policy.ts';
import { ApiToken } from '../../store/entities/api-token.ts';
import { audit } from '../audit/audit.ts';
import type { StoreDeps } from './access-deps.ts';
import { API_TOKEN_PREFIX } from './authenticate.ts';
import type { PageOf } from './list-users.ts';
import { hashSecret, newSecret } from './opaque-secret.ts';

export interface CreateTokenInput {
  readonly name: string;
  /** Null for all that its user may do, now and later. */
  readonly permissions: readonly Permission[] | null;
  /** Null for a token that is good until it is deleted. */
  readonly expiresInDays: number | null;
}

/** A token as it may be shown: without the token. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permission[] | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/**
 * Makes an API token that acts as the actor; this is the only time it is shown. `validation` for permissions the actor
 * does not have himself.
 */
export async function createToken(
  deps: StoreDeps,
  actor: Actor,
  input: CreateTokenInput,
): Promise<{ id: string; token: string }> {
  requireFullRights(actor);
  const excess = (input.permissions ?? []).filter((permission) => !actor.permissions.includes(permission));
  if (excess.length > 0) throw invalid({ permissions: [`You do not have the permissions ${excess.join(', ')}.`] });
  const secret = newSecret(API_TOKEN_PREFIX);
  const { name, expiresInDays } = input;
  const expiresAt = expiresInDays === null ? null : new Date(Date.now() + expiresInDays * 86_400_000);
  const permissions = input.permissions === null ? null : [...input.permissions];
  const id = randomUUIDv7();
  await deps.orm.em.fork().transactional(async (tx) => {
    tx.create(ApiToken, { id, userId: actor.userId, name, secretHash: hashSecret(secret), permissions, expiresAt });
    await audit(tx, actor, 'api_token.created', { type: 'api_token', id }, { name, permissions, expiresAt });
  });
  return { id, token: secret };
}

/** The actor's own tokens, the newest first. */
export async function listTokens(
  deps: StoreDeps,
  actor: Actor,
  input: PageOf,
): Promise<{ tokens: readonly TokenView[]; total: number }> {
  requireFullRights(actor);
  const [tokens, total] = await deps.orm.em.fork().findAndCount(
    ApiToken,
    { userId: actor.userId },
    {
      limit: input.perPage,
      offset: (input.page - 1) * input.perPage,
      orderBy: { createdAt: 'desc', id: 'desc' },
    },
  );
  return { tokens: tokens.map(viewToken), total };
}

/** Deletes one of the actor's own tokens, which is refused from then on; `not_found` for anybody else's. */
export async function deleteToken(deps: StoreDeps, actor: Actor, input: { readonly id: string }): Promise<void> {
  requireFullRights(actor);
  await deps.orm.em.fork().transactional(async (tx) => {
    const deleted = await tx.nativeDelete(ApiToken, { id: input.id, userId: actor.userId });
    if (deleted === 0) throw notFound('Token');
    await audit(tx, actor, 'api_token.deleted', { type: 'api_token', id: input.id });
  });
}

function viewToken(token: ApiToken): TokenView {
  const { id, name, permissions, createdAt, expiresAt, lastUsedAt } = token;
  return {
    id,
    name,
    permissions: permissions ?? null,
    createdAt,
    expiresAt: expiresAt ?? null,
    lastUsedAt: lastUsedAt ?? null,
  };
}
