import type { EngineDeps } from '../deps.ts';
import type { BearerTokens } from './bearer-tokens.ts';
import type { LoginLimits } from './login-limits.ts';

/** What the use cases of users and logins work with. */
export interface AccessDeps extends Pick<EngineDeps, 'orm' | 'sealer'> {
  readonly tokens: BearerTokens;
  readonly loginLimits: LoginLimits;
}

/** What those need that only touch the store. */
export type StoreDeps = Pick<EngineDeps, 'orm'>;
