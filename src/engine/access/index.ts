import type { Actor } from '../../domain/actor.ts';
import type { EngineDeps } from '../deps.ts';
import type { AccessDeps } from './access-deps.ts';
import { createToken, deleteToken, listTokens } from './api-tokens.ts';
import { authenticate } from './authenticate.ts';
import { createBearerTokens } from './bearer-tokens.ts';
import { createTenant } from './create-tenant.ts';
import { createUser } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { createIdempotency } from './idempotency.ts';
import type { Idempotency } from './idempotency.ts';
import type { Credentials, Identity } from './identity.ts';
import { listUsers } from './list-users.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { NO_LOGIN_LIMITS, createLoginLimits } from './login-limits.ts';
import { NO_RATE_LIMITS, createRateLimits } from './rate-limits.ts';
import type { RateLimits } from './rate-limits.ts';
import { refreshSession } from './refresh-session.ts';
import { updateUser } from './update-user.ts';

type UseCase<Act> = Act extends (deps: never, input: infer Input) => infer Output ? (input: Input) => Output : never;

type ActorUseCase<Act> = Act extends (deps: never, actor: Actor, input: infer Input) => infer Output
  ? (actor: Actor, input: Input) => Output
  : never;

/** Who asks and what he may: logins, users, tenants, API tokens, limits and repeated requests. */
export interface Access {
  /** Who somebody is by what he brought, or null. */
  authenticate(credentials: Credentials): Promise<Identity | null>;
  readonly logIn: UseCase<typeof logIn>;
  readonly refreshSession: UseCase<typeof refreshSession>;
  readonly logOut: UseCase<typeof logOut>;
  readonly listUsers: ActorUseCase<typeof listUsers>;
  readonly createUser: ActorUseCase<typeof createUser>;
  readonly updateUser: ActorUseCase<typeof updateUser>;
  readonly deleteUser: ActorUseCase<typeof deleteUser>;
  readonly createTenant: ActorUseCase<typeof createTenant>;
  readonly listTokens: ActorUseCase<typeof listTokens>;
  readonly createToken: ActorUseCase<typeof createToken>;
  readonly deleteToken: ActorUseCase<typeof deleteToken>;
  readonly limits: RateLimits;
  readonly idempotency: Idempotency;
}

/** What access is made of: the store, and the secret key from which the keys of its tokens are derived. */
export interface AccessParts extends Pick<EngineDeps, 'orm' | 'sealer'> {
  readonly secretKey: string;
  readonly rateLimits: 'documented' | 'off';
}

/** The use cases around users and logins, bound to what they work with. */
export function createAccess(parts: AccessParts): Access {
  const { orm, sealer, secretKey } = parts;
  const limited = parts.rateLimits === 'documented';
  const deps: AccessDeps = {
    orm,
    sealer,
    tokens: createBearerTokens(secretKey),
    loginLimits: limited ? createLoginLimits(orm) : NO_LOGIN_LIMITS,
  };
  return {
    authenticate: (credentials) => authenticate(deps, credentials),
    logIn: (input) => logIn(deps, input),
    refreshSession: (refreshToken) => refreshSession(deps, refreshToken),
    logOut: (input) => logOut(deps, input),
    listUsers: (actor, input) => listUsers(deps, actor, input),
    createUser: (actor, input) => createUser(deps, actor, input),
    updateUser: (actor, input) => updateUser(deps, actor, input),
    deleteUser: (actor, input) => deleteUser(deps, actor, input),
    createTenant: (actor, input) => createTenant(deps, actor, input),
    listTokens: (actor, input) => listTokens(deps, actor, input),
    createToken: (actor, input) => createToken(deps, actor, input),
    deleteToken: (actor, input) => deleteToken(deps, actor, input),
    limits: limited ? createRateLimits(orm) : NO_RATE_LIMITS,
    idempotency: createIdempotency({ orm, sealer }),
  };
}
